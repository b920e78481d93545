"""The designer's pages: upload, review, and the manager of scenes, shared colours and presets. They speak REST."""

# mypy: disable-error-code="type-arg, valid-type"

import reflex as rx

from flatrender.ui.components.studio import Studio as Studio  # its api.js and fields.jsx serve here too
from flatrender.ui.scripts import script

for _module in (
    "allowed_fonts.jsx",
    "customer.jsx",
    "editor.jsx",
    "elements.jsx",
    "inputs.jsx",
    "manager.jsx",
    "publish.jsx",
    "report.jsx",
    "scan.jsx",
    "scenes.jsx",
    "template.js",
    "words.js",
):
    script(__file__, _module)


class _FromDesigner(rx.NoSSRComponent):
    library = script(__file__, "designer.jsx")

    on_notice: rx.EventHandler[rx.event.passthrough_event_spec(str)]


class DesignerTemplates(_FromDesigner):
    """The upload box and all templates of the tenant, by state."""

    tag = "DesignerTemplates"


class TemplateEditor(_FromDesigner):
    """One template: review, scenes, elements, colours, presets, place in the gallery."""

    tag = "TemplateEditor"

    id: rx.Var[str]


designer_templates = DesignerTemplates.create
template_editor = TemplateEditor.create
