"""The user guide's pictures, and every page in every look for whoever changes one: `python -m tests.pictures`."""
