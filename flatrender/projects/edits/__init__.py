"""Edit operations on project documents: pure functions, each with its inverse.

An operation is a JSON object `{"op": name, …}`. `apply(document, operation)` returns the new document, the operation
as it was understood (numbers whole, held to what is possible) and the operation that takes it back:

    apply(after, inverse).document == before

Scenes (`scenes.py`):

    set_value        clip, key, value                      value None is not a value: use reset_value
    reset_value      clip, key                             back to the template's default
    add_scene        clip {id, scene, duration, values, name?}, index, before?, after?
    remove_scene     clip, transition?                     transition: what stands where the clip was
    move_scene       clip, index                           transitions stay between the places, not with the clips
    duplicate_scene  clip, id                              the copy follows its original
    set_duration     clip, duration                        of any kind of clip; what follows moves
    rename_scene     clip, name | null                     null: the scene's own name
    set_color        key, value | null, preset?            null: the template's colour
    apply_preset     preset | null, colors {key: value}    replaces all colours
    set_music        clip {id, media, offset, …} | null, volume?    the first music track holds this alone
    set_music_volume volume 0..2

Gestures in the timeline (`gestures.py`; `at`, `delta` in frames of the film):

    insert_clip      track, at, clip, mode                 mode: overwrite (default) or insert
    remove_clips     clips, ripple                         without ripple a gap stays; ids of gaps close them
    move_clips       clips, delta, track?, mode            insert: out of the sequence, and in again there
    trim             clip, edge start | end, delta, ripple held to the source's beginning and, without ripple, the room
    roll             clips [left, right], delta            the cut between two clips moves
    slip             clip, delta                           another piece of the source at the same place
    slide            clip, delta                           the clip moves, its neighbours give and take
    split            clip, at, id                          the second part is called `id`
    set_transition   after (clip id), transition {id, kind, duration, params?} | null
    arrange          changes                               see `differences.py`: takes gestures back

Settings of clips (`settings.py`; a field may be a part of one: `style.color`; null means the default):

    set_clip         clip, field, value
    patch_clips      clips {id: {field: value}}
    group            clips, id                             ungroup: clips
    link             clips, id                             unlink: clips

The film (`film.py`):

    add_track        track {id, kind, …}, index?           remove_track: track; move_track: track, index
    set_track        track, field, value
    add_marker       marker {id, frame, name?, color?}     remove_marker: marker
    move_marker      marker, frame                         rename_marker: marker, name; color_marker: marker, color
    set_size         size [width, height]
    set_audio        loudness | null

`fields(operation)` names what an operation writes, so that edits of two people merge where they do not meet.
This package knows the shape of documents alone; what a template allows is checked in `permitted.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flatrender.core.errors import InvalidInput
from flatrender.projects.differences import difference
from flatrender.projects.edits import film, gestures, scenes, settings
from flatrender.projects.edits.arguments import Function, Given, Operation, color
from flatrender.projects.edits.written import fields, overlapping
from flatrender.projects.timeline import Document

__all__ = ["NAMES", "Applied", "Operation", "apply", "apply_all", "color", "fields", "overlapping"]

_OPERATIONS: dict[str, Function] = {
    **scenes.OPERATIONS,
    **gestures.OPERATIONS,
    **settings.OPERATIONS,
    **film.OPERATIONS,
}
NAMES = tuple(_OPERATIONS)


@dataclass(frozen=True)
class Applied:
    """What an operation made: the document, the operation as understood, and the one that takes it back."""

    document: Document
    operation: Operation
    inverse: Operation


def apply(document: Document, operation: Given) -> Applied:
    """Applies one operation. Raises InvalidInput for a malformed one, Conflict (`clip-gone`) when its clip is gone."""
    name = operation.get("op")
    function = _OPERATIONS.get(name) if isinstance(name, str) else None
    if function is None:
        raise InvalidInput(f"There is no edit called {str(name)[:60]!r}.", field="op")
    after, forward, inverse = function(document, operation)
    return Applied(after, {"op": name, **forward}, inverse or difference(after, document))


def apply_all(
    document: Document, operations: Sequence[Mapping[str, object]]
) -> tuple[Document, list[Operation], list[Operation]]:
    """Applies operations in order: the document, the operations as understood, and those that take all back."""
    forward: list[Operation] = []
    inverse: list[Operation] = []
    for operation in operations:
        step = apply(document, operation)
        document = step.document
        forward.append(step.operation)
        inverse.insert(0, step.inverse)
    return document, forward, inverse
