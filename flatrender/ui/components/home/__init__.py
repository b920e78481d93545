"""What lives on the first page: renders that are followed, and a timeline that is brought in."""

# mypy: disable-error-code="type-arg, valid-type"

from typing import Any

import reflex as rx

from flatrender.ui.components.jobs import Jobs as Jobs  # its state.jsx says how a job stands
from flatrender.ui.components.live import LIVE as LIVE  # renders.jsx follows jobs through it
from flatrender.ui.components.studio import Studio as Studio  # its api.js speaks to the server
from flatrender.ui.scripts import script

script(__file__, "words.js")


class Renders(rx.NoSSRComponent):
    """The user's running and ended renders, live. `given` is how they stood when the page was read; `me` is the user's
    id, for administrators hear of everybody's; `posters` are pictures of projects. `on_ended`: figures are others."""

    library = script(__file__, "renders.jsx")
    tag = "Renders"

    given: rx.Var[list[dict[str, Any]]]
    me: rx.Var[str]
    posters: rx.Var[dict[str, str]]
    on_ended: rx.EventHandler[rx.event.no_args_event_spec]


class ImportTimeline(rx.NoSSRComponent):
    """A button that makes a project of an OpenTimelineIO file."""

    library = script(__file__, "import_timeline.jsx")
    tag = "ImportTimeline"
