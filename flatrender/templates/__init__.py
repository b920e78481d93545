"""The catalogue: bundles, scans, scenes, elements, colours."""
