"""One opened project: report, Lottie, bakes of single values, and the values written back into a copy of the file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from flatrender.aftereffects.bundle import Bundle, open_bundle
from flatrender.aftereffects.expressions import Sandbox, warm
from flatrender.aftereffects.expressions.kept import Memory
from flatrender.aftereffects.footage import resolve_footage
from flatrender.aftereffects.graph import Composition, Graph, layer_part
from flatrender.aftereffects.graph import address as layer_address
from flatrender.aftereffects.kept_graphs import KeptGraphs
from flatrender.aftereffects.lottie.collapse import wide_layer, wide_name
from flatrender.aftereffects.lottie.cutting import parted
from flatrender.aftereffects.lottie.document import nested_compositions, shown_wide, write_document, write_moving
from flatrender.aftereffects.lottie.films import Track
from flatrender.aftereffects.lottie.images import ImageAssets
from flatrender.aftereffects.lottie.layers import LayerWriter
from flatrender.aftereffects.notes import text_notes
from flatrender.aftereffects.overriding import seconds_of
from flatrender.aftereffects.report import ProjectReport
from flatrender.aftereffects.scan import build_report
from flatrender.aftereffects.scene import Scene
from flatrender.aftereffects.sounds import LayerSound, layer_sounds
from flatrender.aftereffects.text import FontLibrary, default_library
from flatrender.aftereffects.values import Value, read_values
from flatrender.core.errors import BadFile, InvalidInput, NotFound

Patch = dict[str, Any]


class Moving(NamedTuple):
    """A composition as Lottie, what its films show when, and what is to be told of the texts that were given."""

    lottie: dict[str, Any]
    tracks: list[Track]
    notes: tuple[str, ...]


class Project:
    """A parsed project with its files and fonts. Not thread-safe: one caller at a time."""

    def __init__(self, bundle: Bundle, graph: Graph, files: Mapping[int, Path | None], fonts: FontLibrary) -> None:
        self.bundle = bundle
        self.graph = graph
        self.files = files
        self.fonts = fonts
        self._sandbox = Sandbox()
        self._memory = Memory()
        self._readers: dict[str, set[str]] = {}
        self._explored: set[int] = set()

    def composition(self, comp_id: int) -> Composition:
        """The composition of that id.

        Raises:
            NotFound: there is none.
        """
        found = self.graph.compositions.get(int(comp_id))
        if found is None:
            raise NotFound(f"{self.bundle.name} has no composition with the id {comp_id}.")
        return found

    def report(self, *, survey: bool = True, layers: bool = True) -> ProjectReport:
        """What the project holds, for a scan; without `survey` (quicker) the capabilities are left out, without
        `layers` (at once) all but the compositions' sizes, rates and lengths.
        """
        return build_report(self, survey, layers)

    def scene(self, values: Mapping[str, Any]) -> Scene:
        """The project with these values (wire form or typed) laid over it."""
        return Scene(self.graph, self._read(values), self.fonts, self.files, sandbox=self._sandbox, memory=self._memory)

    def lottie(
        self,
        comp_id: int,
        values: Mapping[str, Any] | None = None,
        *,
        max_image_side: int | None = None,
        notes: list[str] | None = None,
    ) -> dict[str, Any]:
        """A composition as Lottie: texts as outlines, pictures as data URIs, from its time 0 to its end.

        Args:
            comp_id: the composition's id.
            values: the customer's values by address.
            max_image_side: scales larger pictures down, for a preview.
            notes: takes what is to be told of the texts that were given.
        """
        scene = self.scene(values or {})
        document = write_document(scene, self.composition(comp_id), max_image_side)
        self._learn_all(scene, comp_id)
        if notes is not None:
            notes += text_notes(scene)
        return document

    def moving(
        self, comp_id: int, values: Mapping[str, Any] | None = None, *, max_image_side: int | None = None
    ) -> Moving:
        """The composition for a renderer that is handed the pictures of films."""
        scene = self.scene(values or {})
        document, tracks = write_moving(scene, self.composition(comp_id), max_image_side)
        self._learn_all(scene, comp_id)
        return Moving(document, tracks, text_notes(scene))

    def sounds(self, comp_id: int, values: Mapping[str, Any] | None = None) -> list[LayerSound]:
        """What is heard of a composition."""
        return layer_sounds(self.scene(values or {}), self.composition(comp_id))

    def bake(
        self,
        comp_id: int,
        address: str,
        value: Mapping[str, Any] | None,
        values: Mapping[str, Any] | None = None,
        *,
        max_image_side: int | None = None,
    ) -> list[Patch]:
        """What one changed value changes in the Lottie of a composition.

        Args:
            comp_id: the composition that is shown.
            address: the layer, or property of one, whose value changes.
            value: the new value; None goes back to the project's own.
            values: the other values, which stay.
            max_image_side: as for `lottie`.

        Returns:
            Patches: `{"asset": "<precomp asset>" | None, "ind": n, "layer": {…}}` replaces that layer,
            `{"image": "<id>", "asset_object": {…}}` replaces (or adds) that picture, or a nested composition made for
            one layer; they come first. A film's asset is without a picture: its patch has `film`, of which any picture
            may be had (`moving.from_wire`). What is to be told of a text comes last: `{"missing": "<characters>"}`
            where no font has some of its own, `{"overflow": true}` where it has no room.
        """
        rest = {place: other for place, other in (values or {}).items() if place != address}
        scene = self.scene(rest if value is None else {**rest, address: value})
        composition = self.composition(comp_id)
        reachable = [composition, *nested_compositions(scene, composition)]
        self._explore(scene, reachable)
        affected = self._affected(layer_part(address))
        images = ImageAssets(scene, composition, max_image_side)
        writer = LayerWriter(scene, composition.frame_rate, images)
        layers: list[Patch] = []
        wide = shown_wide(reachable)
        for inner in reachable:
            asset = None if inner is composition else f"comp_{inner.id}"
            changed = [
                written
                for layer in inner.layers
                if not affected.isdisjoint(layer_address(inner, one) for one in (layer, *writer.leans_on(inner, layer)))
                for written in writer.write(inner, layer)
            ]
            if changed and parted(inner):  # the changed layer may lie within what is cut
                changed = writer.layers(inner)
            layers += [{"asset": asset, "ind": written["ind"], "layer": written} for written in changed]
            if inner.id in wide:
                layers += [
                    {"asset": wide_name(inner.id), "ind": written["ind"], "layer": wide_layer(written)}
                    for written in changed
                ]
        self._learn(scene)
        assets = {**images.assets, **writer.assets}
        pictures: list[Patch] = [{"image": name, "asset_object": found} for name, found in assets.items()]
        if images.films:
            from flatrender.aftereffects.moving import to_wire
        for picture in pictures:
            if picture["image"] in images.films:
                film, side = images.films[picture["image"]]
                picture["film"] = to_wire(Track(picture["image"], film, side, (0.0,), False))
        told: list[Patch] = [{"missing": "".join(scene.missing)}] if scene.missing else []
        if scene.overflowing or scene.beyond:
            told.append({"overflow": True})
        return pictures + layers + told

    def save(self, values: Mapping[str, Any], out: Path, name: str = "") -> tuple[str, ...]:
        """Writes a copy of the project with the values to `out`, and tells what is not as given; `bind.save_bound`."""
        from flatrender.aftereffects.bind import save_bound

        return save_bound(self.bundle, self._read(values), Path(out), name)

    def _read(self, values: Mapping[str, Any]) -> dict[str, Value]:
        """Typed values; what is wrong with one is told with its layer's name, as addresses mean nothing to people."""
        try:
            return read_values(values)
        except InvalidInput as error:
            found = self.graph.layer(layer_part(error.field or ""))
            if found is not None and error.field:
                error.message = error.message.replace(error.field, f"“{found[1].name}”", 1)
            raise

    def _explore(self, scene: Scene, compositions: list[Composition]) -> None:
        """Runs the expressions of compositions not yet written once, to learn which layers read which."""
        for composition in compositions:
            if composition.id in self._explored:
                continue
            for layer in composition.layers:
                for _, prop in layer.properties.walk():
                    if prop.expression:
                        scene.effective(layer, prop)
            self._explored.add(composition.id)
        self._learn(scene)

    def _learn_all(self, scene: Scene, comp_id: int) -> None:
        self._learn(scene)
        self._explored |= {comp_id, *(inner.id for inner in nested_compositions(scene, self.composition(comp_id)))}

    def _learn(self, scene: Scene) -> None:
        for owner, read in scene.evaluator.readers.items():
            self._readers.setdefault(owner, set()).update(read)

    def _affected(self, address: str) -> set[str]:
        """The layer itself and every layer whose expressions read it, directly or through others."""
        found = {address, *seconds_of(self.graph, address)}
        fresh = set(found)
        while fresh:
            fresh = {owner for owner, read in self._readers.items() if read & fresh} - found
            found |= fresh
        return found


def open_project(
    path: Path, fonts: FontLibrary | None = None, *, project: str | None = None, kept: KeptGraphs | None = None
) -> Project:
    """Opens an .aep, a .zip bundle or a folder.

    Args:
        path: the file or folder.
        fonts: where fonts are found; by default the bundle's own, the packaged and the system's.
        project: which .aep of a bundle with several.
        kept: where the graphs of projects are that were read before.

    Raises:
        NotFound, BadFile, InvalidInput, TooLarge: one sentence each, see `bundle.py` and `parsing.py`.
    """
    bundle = open_bundle(Path(path), project)
    warm()
    graph = kept.load(bundle.project, lambda: _read(bundle)) if kept is not None else None
    if graph is None:
        graph = _read(bundle)
    files = resolve_footage(bundle, graph.footage.values())
    return Project(bundle, graph, files, fonts if fonts is not None else default_library(bundle.fonts))


def _read(bundle: Bundle) -> Graph:
    from flatrender.aftereffects.parsing import parse  # the slowest to load; a graph that is kept needs none of it
    from flatrender.aftereffects.reading import read_project

    application = parse(bundle.project)
    try:
        return read_project(application)
    except Exception as error:
        raise BadFile(
            f"{bundle.name} cannot be understood ({type(error).__name__}: {str(error)[:120]}); "
            "open it in After Effects, save it again and retry."
        ) from error
