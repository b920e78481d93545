"""Channels fed by events from the outbox."""
