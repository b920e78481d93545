"""States: one small flat state per page or panel. `session` holds who is asking."""
