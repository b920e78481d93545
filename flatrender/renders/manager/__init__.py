"""The After Effects render manager: projects in a Dropbox, rendered where they lie by the installed After Effects."""
