"""What operations carry: read, or refused with the name of the field."""

from collections.abc import Callable, Mapping
from typing import Any

from flatrender.core.errors import Conflict, InvalidInput
from flatrender.projects import reading
from flatrender.projects.items import Clip, SceneClip, Transition, transition_of
from flatrender.projects.reading import COLOR, is_whole
from flatrender.projects.timeline import Document, Track

Operation = dict[str, Any]
Given = Mapping[str, Any]
# The document, the operation as understood, and its inverse; None: the difference of the tracks is the inverse.
Result = tuple[Document, Operation, Operation | None]
Function = Callable[[Document, Given], Result]
MAX_ID = 64
MAX_NAME = 120
MAX_LISTED = 2000  # as many as a film has: permitted.MAX_ITEMS


def clip_of(document: Document, op: Given, name: str = "clip") -> tuple[Track, Clip]:
    """The clip that an operation names, and its track."""
    return found(document, text(op, name))


def scene_of(document: Document, op: Given, name: str = "clip") -> SceneClip:
    """The scene clip that an operation names."""
    clip = document.clip(text(op, name))
    if clip is None:
        raise _gone("That scene", text(op, name))
    return clip


def found(document: Document, clip_id: str) -> tuple[Track, Clip]:
    """The clip with this id and its track. Raises Conflict when there is none (any more)."""
    there = document.find(clip_id)
    if there is None:
        raise _gone("That clip", clip_id)
    return there


def _gone(what: str, clip_id: str) -> Conflict:
    return Conflict(
        f"{what} was removed from the project in the meantime; the edit was not applied.",
        code="clip-gone",
        field="clip",
        clip=clip_id,
    )


def track_of(document: Document, op: Given, name: str = "track") -> Track:
    """The track that an operation names."""
    track = document.track(text(op, name))
    if track is None:
        raise Conflict("That track was removed from the project in the meantime.", code="track-gone", field="track")
    return track


def new_id(document: Document, identifier: str) -> str:
    """An id that nothing in the document has. Raises InvalidInput or Conflict."""
    if not 1 <= len(identifier) <= MAX_ID or "~" in identifier:
        raise InvalidInput(f"An id has at most {MAX_ID} characters and no tilde.", field="id")
    if identifier in identifiers(document):
        raise Conflict("Another part of the project has that id already.", code="id-taken", field="id")
    return identifier


def free_id(document: Document, base: str) -> str:
    """An id for a part that an operation makes without being asked: the same on every machine."""
    taken = identifiers(document)
    number = 1
    while f"{base}.{number}" in taken:
        number += 1
    return f"{base}.{number}"


def identifiers(document: Document) -> set[str]:
    """Every id in the document."""
    taken = {marker.id for marker in document.markers}
    for track in document.tracks:
        taken |= {track.id, *(item.id for item in track.items)}
    return taken


def transition(data: object) -> Transition | None:
    """A transition, or None for a cut."""
    return transition_of(data) if data is not None else None


def text(op: Given, name: str, longest: int = 200) -> str:
    """A text that is not empty."""
    value = op.get(name)
    if not isinstance(value, str) or not value or len(value) > longest:
        raise InvalidInput(f"The edit needs {name!r}, a text of 1 to {longest} characters.", field=name)
    return value


def optional(op: Given, name: str) -> str | None:
    """A text, or None."""
    return text(op, name) if op.get(name) is not None else None


def texts(op: Given, name: str) -> list[str]:
    """A list of ids, each once."""
    value = op.get(name)
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= MAX_LISTED:
        raise InvalidInput(f"The edit needs {name!r}, a list of 1 to {MAX_LISTED} ids.", field=name)
    return list(dict.fromkeys(text({name: one}, name) for one in value))


def count(op: Given, name: str) -> int:
    """A whole number."""
    value = op.get(name)
    if not is_whole(value):
        raise InvalidInput(f"The edit needs {name!r}, a whole number.", field=name)
    return int(value)


def index(op: Given, last: int) -> int:
    """A place from 0 to `last`; beyond the end means the end, for the list may have become shorter."""
    place = count(op, "index") if op.get("index") is not None else last
    if place < 0:
        raise InvalidInput("A place in the list is not negative.", field="index")
    return min(place, last)


def flag(op: Given, name: str) -> bool:
    """True or false; absent is false."""
    value = op.get(name, False)
    if not isinstance(value, bool):
        raise InvalidInput(f"The edit needs {name!r}, true or false.", field=name)
    return value


def choice(op: Given, name: str, *names: str) -> str:
    """One of some words; absent is the first."""
    value = op.get(name, names[0])
    if value not in names:
        raise InvalidInput(f"The edit needs {name!r}, one of {', '.join(names)}.", field=name)
    return str(value)


def volume(op: Given) -> float:
    """A volume from 0 to 2."""
    try:
        return float(reading.volume(op.get("volume")))
    except ValueError as error:
        raise InvalidInput("A volume lies between 0 and 2.", field="volume") from error


def color(value: object, key: str) -> str:
    """A colour as `#RRGGBB` or `#RRGGBBAA`, upper case. Raises InvalidInput naming the field."""
    if not isinstance(value, str) or not COLOR.fullmatch(value):
        raise InvalidInput(f"{str(value)[:40]!r} is no colour; write one like #FFB545.", field=key)
    return value.upper()
