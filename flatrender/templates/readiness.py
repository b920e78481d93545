"""Whether a template may stand in the gallery: asked before it is published, and before a newer file is taken."""

from typing import Any

from sqlmodel import Session

from flatrender.core.errors import Conflict
from flatrender.templates import fonts
from flatrender.templates.models import FontState, Template, TemplateState
from flatrender.templates.records import all_rows

Json = dict[str, Any]


def blockers(session: Session, template: Template) -> list[Json]:
    """Why the template cannot be published yet: `[{"field", "detail"}]`; empty when it can."""
    found: list[Json] = []
    missing = [row for row in fonts.rows_of(session, template.id) if row.state == FontState.MISSING]
    if missing:
        count = f"{len(missing)} font{'s' if len(missing) > 1 else ''} to choose"
        names = ", ".join(row.postscript_name for row in missing[:4])
        found.append({"field": "fonts", "detail": f"{count}: {names}.", "short": count})
    scenes, elements, _ = all_rows(session, template.id)
    shown = {scene.id for scene in scenes if scene.enabled and not scene.gone}
    if not shown:
        found.append({"field": "scenes", "detail": "Switch at least one scene on.", "short": "no scene is on"})
    elif not any(e.enabled and not e.gone and e.scene_id in shown for e in elements):
        said = "Switch at least one element on, or customers have nothing to edit."
        found.append({"field": "elements", "detail": said, "short": "nothing can be edited"})
    if not template.name.strip():
        found.append({"field": "name", "detail": "A template needs a name.", "short": "no name"})
    return found


def require_ready(session: Session, template: Template) -> None:
    """Raises Conflict (`not-ready`, with `problems`) naming what is missing."""
    problems = blockers(session, template)
    if problems:
        raise Conflict(
            "This template cannot be published yet. " + " ".join(problem["detail"] for problem in problems),
            code="not-ready",
            problems=problems,
        )


def stay_published(session: Session, template: Template, refused: str) -> None:
    """Raises Conflict (`leaves-gallery`, with `problems`) where what was just done would leave something in the gallery
    that could not be published. `refused`: the sentence that says what is not done."""
    if TemplateState(template.state) is not TemplateState.PUBLISHED:
        return
    problems = blockers(session, template)
    if problems:
        raise Conflict(
            f"{refused} {' '.join(problem['detail'] for problem in problems)} Take it out of the gallery first.",
            code="leaves-gallery",
            problems=problems,
        )
