"""What a flexible template's assembly shows besides its scenes: a background below them, an overlay above. Pure.

Customers' films are put together from scene films, so these layers are not drawn (docs/decisions/0011). Nothing
degrades silently: the review says which they are.
"""

from flatrender.aftereffects.report import CompositionReport, ProjectReport
from flatrender.templates.convention import ASSEMBLY, read

_SEEN = frozenset({"text", "image", "video", "solid", "shape", "precomp"})


def around(report: ProjectReport) -> tuple[str, ...]:
    """The names of the assembly's visible layers that hold no scene, top layer first."""
    by_id = {composition.id: composition for composition in report.compositions}
    assembly = next((made for made in report.compositions if made.name.strip().lower() == ASSEMBLY), None)
    if assembly is None:
        return ()
    scenes = {scene.composition_id for scene in read(report).scenes}
    return tuple(
        layer.name
        for layer in assembly.layers
        if layer.type in _SEEN
        and layer.enabled
        and not layer.guide
        and not (layer.source_id in by_id and _holds(by_id[layer.source_id], scenes, by_id, set()))
    )


def warning(report: ProjectReport) -> str | None:
    """The sentence that the designer reads; None when the assembly shows its scenes alone."""
    layers = around(report)
    if not layers:
        return None
    named = ", ".join(f"“{name}”" for name in layers[:4]) + (f" and {len(layers) - 4} more" if len(layers) > 4 else "")
    return (
        f"The composition “{ASSEMBLY}” shows {named} around its scenes; customers' films are drawn without. "
        "Put what must be seen into the scenes."
    )


def _holds(
    composition: CompositionReport, scenes: set[int], by_id: dict[int, CompositionReport], seen: set[int]
) -> bool:
    """Whether the composition is a scene or has one in it."""
    if composition.id in scenes:
        return True
    seen.add(composition.id)
    inner = {layer.source_id for layer in composition.layers} & by_id.keys() - seen
    return any(_holds(by_id[source], scenes, by_id, seen) for source in inner if source is not None)
