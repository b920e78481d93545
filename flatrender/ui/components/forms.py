"""Forms that post to the API themselves, because their answer sets the session cookie."""

import reflex as rx

from flatrender.ui.scripts import script

_SCRIPT = script(__file__, "api_form.jsx")


class ApiForm(rx.Component):
    """A form: posts its fields as JSON to `action`, goes to the answer's `next`, shows problems beside their fields."""

    library = _SCRIPT
    tag = "ApiForm"
    lib_dependencies: list[str] = ["lucide-react@1.26.0"]

    action: rx.Var[str]
    label: rx.Var[str]


class DoorHead(rx.Component):
    """The heading of a page at the door and its `lead`; or what was just done, where the address says so (`done`)."""

    library = _SCRIPT
    tag = "DoorHead"

    heading: rx.Var[str]
    lead: rx.Var[str]


class ApiLeave(rx.Component):
    """A link to another house's sign-in, which leads back to the page that was wanted."""

    library = _SCRIPT
    tag = "ApiLeave"

    href: rx.Var[str]
    label: rx.Var[str]


class ApiField(rx.Component):
    """A labelled input of an ApiForm. `optional` ones may stay empty; `reveal`: shown after a problem of that code;
    `start`: what stands in it at first."""

    library = _SCRIPT
    tag = "ApiField"

    name: rx.Var[str]
    label: rx.Var[str]
    type: rx.Var[str]
    hint: rx.Var[str]
    auto_complete: rx.Var[str]
    auto_focus: rx.Var[bool]
    optional: rx.Var[bool]
    reveal: rx.Var[str]
    start: rx.Var[str]
    dir: rx.Var[str]


class ApiSubmit(rx.Component):
    """The button of an ApiForm; shows `busy_label` while the request runs."""

    library = _SCRIPT
    tag = "ApiSubmit"

    label: rx.Var[str]
    busy_label: rx.Var[str]
