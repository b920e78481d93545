"""The render node: agent, handlers and engines."""
