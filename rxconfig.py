"""Reflex configuration. The build and start facts live in flatrender/ui/build.py; this file only names them."""

import reflex as rx

from flatrender.ui.build import FRONTEND_PACKAGES, PLACEHOLDER_PORT
from flatrender.ui.origin import OriginPlugin

config = rx.Config(
    app_name="flatrender",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    cors_allowed_origins=[],
    backend_port=PLACEHOLDER_PORT,
    frontend_port=PLACEHOLDER_PORT,
    frontend_packages=list(FRONTEND_PACKAGES),
    frontend_compression_formats=["gzip"],
    state_manager_mode=rx.constants.StateManagerMode.MEMORY,
    plugins=[OriginPlugin()],
    disable_plugins=[rx.plugins.SitemapPlugin],
)
