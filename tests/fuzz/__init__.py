"""Damaged projects and wild values against the engine: none may hang, crash the parent, or fail without a sentence."""
