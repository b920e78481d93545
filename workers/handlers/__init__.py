"""Task handlers by kind."""
