"""The live preview: a clip as Lottie for the browser's player, and the patches of one changed value.

Nothing is written here. Baking is asked on every keystroke, so it asks the database once (and for each picture of the
customer's) and answers from a warm engine child.
"""

import contextlib
import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import orjson
from sqlmodel import Session

from flatrender.access.permissions import Principal
from flatrender.aftereffects import moving
from flatrender.aftereffects.client import default_client
from flatrender.aftereffects.lottie.films import Track
from flatrender.aftereffects.messages import json_text
from flatrender.aftereffects.sounds import LayerSound
from flatrender.core.errors import FlatRenderError, InvalidInput, NotFound, TooLarge
from flatrender.core.timing import Rate
from flatrender.media import service as media
from flatrender.projects import edits, film_pictures, permitted, render_values, scene_sound, service, sources, upgrades
from flatrender.projects.items import SceneClip
from flatrender.projects.timeline import Document
from flatrender.templates import definitions, engine
from flatrender.templates.definition import Definition, Scene
from flatrender.templates.engine import EngineSource

Json = dict[str, Any]
# How long the stage's longer side may be: pictures in the preview get the pixels that it shows, for decoding them is
# what a keystroke waits for. Films are rendered from the whole pictures.
SIDES = (480, 800, 1280)
_KEPT_BYTES = 96 * 1024**2


@dataclass(frozen=True)
class Shown:
    """A clip's Lottie, not drawn yet. `etag` follows from all that it depends on."""

    etag: str
    source: EngineSource
    composition_id: int
    values: Mapping[str, Json]
    side: int
    rate: Rate
    frames: int


def stage_side(pixels: int | None) -> int:
    """The step of `SIDES` for a stage whose longer side has so many pixels."""
    return next((side for side in SIDES if pixels is not None and pixels <= side), SIDES[-1])


def lottie_of(
    session: Session, principal: Principal, project_id: str, clip_id: str, *, side: int | None = None
) -> Shown:
    """What the browser's player is to show for a clip; `side`: the stage's longer side in pixels. Raises NotFound."""
    document, clip, definition, scene, source = _open(session, principal, project_id, clip_id)
    resolved = render_values.scene_values(session, document, clip, definition)
    revision = engine.revision(session, definition.id)
    facts = [revision, source.md5, resolved.composition_id, resolved.values, stage_side(side)]
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
    place = source, resolved.composition_id, resolved.values
    return Shown(digest[:32], *place, stage_side(side), scene.rate, scene.frames)


def draw(shown: Shown) -> bytes:
    """The Lottie as JSON text; the last ones are kept. Slow at the first time: outside of any transaction."""
    found = _kept.get(shown.etag)
    if found is None:
        found, tracks = _drawn(shown)
        if tracks:
            found = b'%s,"films":%s}' % (found[:-1], film_pictures.told(tracks))
        if mark := scene_sound.mark_of(_heard(shown)):
            found = b'%s,"sound":"%s"}' % (found[:-1], mark.encode())
        found = b'%s,"of":"%s"}' % (found[:-1], shown.source.md5.encode())
        _kept.put(shown.etag, found)
    return found


def sound(shown: Shown) -> bytes:
    """What a clip's layers sound, mixed, from the scene's time 0 on; the last ones are kept. Raises NotFound for one
    that is silent."""
    heard = _heard(shown)
    mark = scene_sound.mark_of(heard)
    if mark is None:
        raise NotFound("Nothing is heard in this scene.", code="silent")
    found = _kept.get(mark)
    if found is None:
        found = scene_sound.mixed(heard, shown.rate, shown.frames)
        _kept.put(mark, found)
    return found


def _heard(shown: Shown) -> list[LayerSound]:
    try:
        return default_client().sounds(shown.source.path, shown.composition_id, shown.values)
    except TooLarge:  # more than can be mixed: the render says so
        return []


def film_frames(shown: Shown, asset: str, first: int, count: int, *, exact: bool = False) -> list[Json]:
    """The pictures of a film in a clip at the scene's frames [first, first + count). Raises NotFound, BadFile."""
    tracks = _films.get(shown.etag)
    if tracks is None:
        _, tracks = _drawn(shown)
    return list(film_pictures.pictures(film_pictures.of(tracks, asset), first, count, exact=exact))


def _drawn(shown: Shown) -> tuple[bytes, list[Track]]:
    place = shown.source.path, shown.composition_id, shown.values
    drawn, _, tracks = default_client().moving(*place, max_image_side=shown.side)
    _films.put(shown.etag, tracks)
    return drawn, tracks


@dataclass(frozen=True)
class Change:
    """Addresses to bake anew, with all values as they are after the change."""

    source: EngineSource
    composition_id: int
    values: Mapping[str, Json]
    addresses: tuple[str, ...]
    side: int


def change_of(
    session: Session,
    principal: Principal,
    project_id: str,
    clip_id: str,
    *,
    key: str | None = None,
    value: Any = None,
    colors: Mapping[str, str] | None = None,
    changed: Collection[str] | None = None,
    side: int | None = None,
) -> Change:
    """What a value being typed (`key`, `value`; None shows the default), or shared colours being dragged, change.

    `colors` are all of the document's, as the page has them; where `changed` is given, only those are drawn anew.
    Raises NotFound, and InvalidInput beside the field.
    """
    document, clip, definition, scene, source = _open(session, principal, project_id, clip_id)
    if key is None and colors is None:  # an empty answer would look like a value that changes nothing
        raise InvalidInput("Give the key of an element and its value, or colours.", field="key")
    addresses: list[str] = []
    if colors is not None:
        document, addresses = _with_colors(definition, document, colors, changed)
    if key is not None:
        clip, more = _with_value(session, principal, clip, scene, key, value)
        addresses += more
    resolved, _ = render_values.resolve(
        definition, scene, clip.values, document.colors, lambda media_id: media.local_path(session, media_id)
    )
    return Change(source, scene.composition_id, resolved, tuple(dict.fromkeys(addresses)), stage_side(side))


def bake(change: Change) -> bytes:
    """Members of a JSON object as text: the Lottie's `patches`, and `of`, the template's files that they are made from:
    they fit a Lottie with the same `of`."""
    return b'"patches":%s,"of":"%s"' % (_patches(change), change.source.md5.encode())


def _patches(change: Change) -> bytes:
    """Pictures first, each layer and picture once."""
    client = default_client()
    made: list[bytes] = []
    for address in change.addresses:
        value = change.values.get(address)
        others = {place: other for place, other in change.values.items() if place != address}
        made.append(
            client.bake(change.source.path, change.composition_id, address, value, others, max_image_side=change.side)
        )
    if len(made) == 1 and b'"film":' not in made[0]:
        return made[0]  # a text being typed: not read and written again
    patches: dict[tuple[Any, ...], Json] = {}
    for patch in chain.from_iterable(map(orjson.loads, made)):
        patches[_place(patch)] = _with_still(patch) if "film" in patch else patch
    return json_text(sorted(patches.values(), key=lambda patch: "image" not in patch))


def _with_still(patch: Json) -> Json:
    """A film as the browser gets it in a bake: with its first picture, until the scene is fetched with all of them."""
    track = moving.from_wire(patch.pop("film"))
    with contextlib.suppress(FlatRenderError):  # what is wrong with the file is told where the scene is drawn
        still = {key: part for key, part in patch["asset_object"].items() if key != "sid"}
        patch["asset_object"] = {**still, "p": film_pictures.still(track), "e": 1}
    return patch


def _place(patch: Json) -> tuple[Any, ...]:
    """What a patch replaces: of each the last counts."""
    for told in ("missing", "overflow"):
        if told in patch:
            return (told,)
    return ("image", patch["image"]) if "image" in patch else ("layer", patch["asset"], patch["ind"])


def _with_colors(
    definition: Definition, document: Document, colors: Mapping[str, str], changed: Collection[str] | None
) -> tuple[Document, list[str]]:
    chosen: dict[str, str] = {}
    for key, value in colors.items():
        if definition.color(key) is None:
            raise InvalidInput(f"The template has no shared colour “{key}”.", field=key)
        chosen[key] = edits.color(value, key)
    # The page may have applied an edit that is saved already: all that is set, then or now, is drawn anew.
    addresses: list[str] = []
    for key in {**document.colors, **chosen} if changed is None else changed:
        shared = definition.color(key)
        if shared is not None:
            addresses += shared.outline.addresses
            addresses += [address for follower in shared.followers for address in follower.addresses]
    return replace(document, colors=chosen), addresses


def _with_value(
    session: Session, principal: Principal, clip: SceneClip, scene: Scene, key: str, value: Any
) -> tuple[SceneClip, list[str]]:
    element = scene.element(key)
    if element is None:
        raise InvalidInput(f"“{scene.name}” has no element “{key}” that can be edited.", field=key)
    values = {name: other for name, other in clip.values.items() if name != key}
    if value is not None:
        problems = permitted.value_problems(scene, clip.id, key, value)
        # What is shown has the rules of what is saved: another person's picture is not among one's files.
        problems = problems or sources.scene_problems(session, principal, scene, clip.id, {key: value})
        if problems:
            raise InvalidInput(problems[0]["detail"], field=key, problems=problems)
        values[key] = value
    addresses = [*element.outline.addresses, *element.outline.direction_addresses]
    return replace(clip, values=values), addresses


def _open(
    session: Session, principal: Principal, project_id: str, clip_id: str
) -> tuple[Document, SceneClip, Definition, Scene, EngineSource]:
    project, template, bundle = service.get_with_template(session, principal, project_id)
    definition = definitions.of(session, template)
    document = upgrades.read(project.document)
    clip = document.clip(clip_id)
    scene = definition.scene(clip.scene) if clip is not None else None
    if clip is None or scene is None:
        raise NotFound("That scene is no longer in the project.", code="clip-gone")
    return document, clip, definition, scene, engine.of(bundle)


class _Kept:
    """The last Lotties by etag, up to `_KEPT_BYTES`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._items: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0

    def get(self, etag: str) -> bytes | None:
        with self._lock:
            found = self._items.get(etag)
            if found is not None:
                self._items.move_to_end(etag)
            return found

    def put(self, etag: str, data: bytes) -> None:
        with self._lock:
            self._bytes += len(data) - len(self._items.pop(etag, b""))
            self._items[etag] = data
            while self._bytes > _KEPT_BYTES and len(self._items) > 1:
                self._bytes -= len(self._items.popitem(last=False)[1])


_kept = _Kept()
_films = film_pictures.Known()
