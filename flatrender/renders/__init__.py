"""Render jobs: planning, progress, cache, exports."""
