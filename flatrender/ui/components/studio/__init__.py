"""The studio: one component of ours in JavaScript beside the Python that wraps it.

The working copy of a project lives in the browser (`session.js`), the document of record in `flatrender.projects`.
Edits go over REST (docs/decisions/0003-studio-edits-over-rest.md); this wrapper hands in what the page opens with.
"""

# mypy: disable-error-code="type-arg, valid-type"

from typing import Any

import reflex as rx

from flatrender.ui.components import media
from flatrender.ui.components.live import LIVE as LIVE  # export.jsx follows its job through it
from flatrender.ui.components.palette import OFFERS as OFFERS  # the palette runs the editor's commands
from flatrender.ui.components.studio import preview as preview
from flatrender.ui.components.studio import timeline as timeline
from flatrender.ui.components.tour import TOUR as TOUR  # the first walk through the editor
from flatrender.ui.scripts import script

_MODULES = (
    "api.js",
    "bake_line.js",
    "baker.js",
    "clip_inspector.jsx",
    "contrast.js",
    "differences.js",
    "document.js",
    "doing.js",
    "edits.js",
    "edits_film.js",
    "edits_gestures.js",
    "edits_scenes.js",
    "edits_settings.js",
    "export.jsx",
    "export_choice.jsx",
    "field_row.jsx",
    "fields.jsx",
    "filling.jsx",
    "films.js",
    "history.js",
    "inspector.jsx",
    "lanes.js",
    "left_out.jsx",
    "marks.jsx",
    "media_field.jsx",
    "named.js",
    "numeric.jsx",
    "outbox.js",
    "pasting.js",
    "patches.js",
    "player.js",
    "project_menu.jsx",
    "rates.js",
    "remembered.js",
    "scenes.jsx",
    "session.js",
    "shape.jsx",
    "stage.jsx",
    "store.js",
    "thumbnails.js",
    "transition_table.js",
    "transitions.js",
    "transport.jsx",
    "versions.jsx",
    "words.js",
)
for _module in _MODULES:
    script(__file__, _module)


class Studio(rx.NoSSRComponent):
    """The editor of one project. `given` is what `projects.service.open_project` answers."""

    library = script(__file__, "studio.jsx")
    tag = "Studio"
    lib_dependencies: list[str] = ["@lottiefiles/dotlottie-web@0.80.0", *media.LIBRARIES]

    given: rx.Var[dict[str, Any]]
    on_notice: rx.EventHandler[rx.event.passthrough_event_spec(str)]
    on_rename: rx.EventHandler[rx.event.passthrough_event_spec(str)]


studio = Studio.create
