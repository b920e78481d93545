"""A whole composition as a Lottie document, with its nested compositions and pictures as assets."""

from collections.abc import Iterable

from flatrender.aftereffects.graph import Composition
from flatrender.aftereffects.lottie.collapse import collapsed, wide_asset
from flatrender.aftereffects.lottie.films import Track, tracks
from flatrender.aftereffects.lottie.images import ImageAssets
from flatrender.aftereffects.lottie.keyframes import Json, rounded
from flatrender.aftereffects.lottie.layers import LayerWriter
from flatrender.aftereffects.scene import Scene

_SWITCHED = ("frl_", "frd_", "frc_", "frs_")  # hidden now, but a customer may show it
VERSION = "5.12.2"  # the bodymovin version whose document this follows


def write_document(scene: Scene, composition: Composition, max_image_side: int | None = None) -> Json:
    """The composition from its time 0 to its end; films stand in it as assets without a picture.

    Args:
        scene: the project with a customer's values laid over it.
        composition: the one to write; nested ones become assets "comp_<id>", pictures "image_…".
        max_image_side: scales larger pictures down, for a preview.
    """
    return _write(scene, composition, ImageAssets(scene, composition, max_image_side))


def write_moving(scene: Scene, composition: Composition, max_image_side: int | None = None) -> tuple[Json, list[Track]]:
    """The same, with an asset for each time that a film is shown, and what they show."""
    images = ImageAssets(scene, composition, max_image_side)
    document = _write(scene, composition, images)
    return tracks(document, images.films) if images.films else (document, [])


def _write(scene: Scene, composition: Composition, images: ImageAssets) -> Json:
    writer = LayerWriter(scene, composition.frame_rate, images)
    nested: list[Json] = []
    below = nested_compositions(scene, composition)
    wide = shown_wide([composition, *below])
    for inner in below:
        asset: Json = {
            "id": f"comp_{inner.id}",
            "nm": inner.name,
            "fr": rounded(inner.frame_rate, 6),
            "layers": writer.layers(inner),
        }
        nested += [asset, wide_asset(inner, asset)] if inner.id in wide else [asset]
    layers = writer.layers(composition)
    return {
        "v": VERSION,
        "fr": rounded(composition.frame_rate, 9),
        "ip": 0,
        "op": rounded(composition.duration * composition.frame_rate),
        "w": composition.width,
        "h": composition.height,
        "nm": composition.name,
        "ddd": int(any(layer.three_d for layer in composition.layers)),
        "assets": [*images.assets.values(), *nested, *writer.assets.values()],
        "layers": layers,
        "markers": [],
    }


def shown_wide(compositions: Iterable[Composition]) -> set[int]:
    """The ids of those that a collapsed layer of another shows."""
    return {
        layer.source
        for composition in compositions
        for layer in composition.layers
        if layer.source is not None and collapsed(composition, layer)
    }


def nested_compositions(scene: Scene, composition: Composition) -> list[Composition]:
    """Every composition below that is seen or may be switched on, each once, a self-containing one (damage) too."""
    found: dict[int, Composition] = {}

    def visit(current: Composition) -> None:
        for layer in current.layers:
            inner = scene.graph.compositions.get(layer.source) if layer.source is not None else None
            wanted = scene.visible(current, layer) or layer.is_matte or layer.name.lower().startswith(_SWITCHED)
            if layer.kind != "precomp" or inner is None or not wanted or layer.guide:
                continue
            if inner.id not in found and inner is not composition:
                found[inner.id] = inner
                visit(inner)

    visit(composition)
    return list(found.values())
