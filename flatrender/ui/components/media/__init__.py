"""Files of customers in the browser: the studio's panel, the page of all files, uploads that go on, the recorder."""

# mypy: disable-error-code="type-arg, valid-type"

import reflex as rx

from flatrender.ui.components.live import LIVE as LIVE  # files change while they are read
from flatrender.ui.scripts import script

LIBRARIES = ["tus-js-client@4.3.1"]
_MODULES = (
    "acts.jsx",
    "grid.jsx",
    "kept_files.js",
    "library.js",
    "panel.jsx",
    "quotas.jsx",
    "receiving.jsx",
    "recorder.jsx",
    "tile.jsx",
    "uploads.js",
    "wave.jsx",
    "words.js",
)
for _module in _MODULES:
    script(__file__, _module)


class MediaPage(rx.NoSSRComponent):
    """All files of the person who is signed in."""

    library = script(__file__, "page.jsx")
    tag = "MediaPage"
    lib_dependencies: list[str] = LIBRARIES


media_page = MediaPage.create
