"""Uploaded files of customers."""
