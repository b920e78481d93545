"""Customers' saved edits of templates."""
