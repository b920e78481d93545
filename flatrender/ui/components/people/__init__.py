"""One's own account, and a site's people."""

# An event's arguments are a call in Reflex's notation, which is no type to the checker.
# mypy: disable-error-code="type-arg, valid-type"

import reflex as rx

from flatrender.ui.components.sites import Sites as Sites  # its inputs are used here
from flatrender.ui.components.studio import Studio as Studio  # its api.js speaks to the server
from flatrender.ui.scripts import script

for _module in (
    "browsers.js",
    "face.jsx",
    "helping.jsx",
    "leaving.jsx",
    "mac_names.jsx",
    "notified.jsx",
    "second_factor.jsx",
    "sessions.jsx",
    "found.js",
    "words.js",
):
    script(__file__, _module)


class Profile(rx.NoSSRComponent):
    """Name, picture, address, password, second factor and sessions of the person who is signed in."""

    library = script(__file__, "profile.jsx")
    tag = "Profile"
    lib_dependencies: list[str] = ["lucide-react@1.26.0"]

    on_notice: rx.EventHandler[rx.event.passthrough_event_spec(str)]


class People(rx.NoSSRComponent):
    """A site's accounts: invited, given roles, closed."""

    library = script(__file__, "people.jsx")
    tag = "People"
    lib_dependencies: list[str] = ["lucide-react@1.26.0"]

    on_notice: rx.EventHandler[rx.event.passthrough_event_spec(str)]


class AskMacNames(rx.NoSSRComponent):
    """Asks for the macOS accounts a person works under, where After Effects projects are rendered for them."""

    library = script(__file__, "mac_names.jsx")
    tag = "AskMacNames"

    on_notice: rx.EventHandler[rx.event.passthrough_event_spec(str)]


class HelpEnds(rx.NoSSRComponent):
    """Leads an administrator back to their own account when help in somebody's name is over."""

    library = script(__file__, "help_ends.jsx")
    tag = "HelpEnds"

    seconds: rx.Var[int]


profile = Profile.create
people = People.create
ask_mac_names = AskMacNames.create
help_ends = HelpEnds.create
