"""The native After Effects engine: project files and values in; reports, scene graphs and frames out."""
