"""FlatRender: After Effects templates become films, in the browser, at farm scale."""

__version__ = "0.1.0"
