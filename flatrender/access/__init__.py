"""Users, sign-in, sessions and roles."""
