"""Tenants: the root of every row."""
