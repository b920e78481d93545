"""The front end in Reflex."""
