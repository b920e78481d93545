"""One module per page. Each has `page() -> rx.Component`; `flatrender.flatrender` gives it an address."""
