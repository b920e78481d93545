"""Lifts stored project documents to the version this program writes: one function a step, never changed later."""

from collections.abc import Callable, Mapping
from typing import Any

from flatrender.core.errors import InvalidInput
from flatrender.projects.timeline import VERSION, Document

Json = dict[str, Any]


def _from_1(data: Json) -> Json:
    """Version 2: tracks of every kind with names, mute and solo; gaps, markers, the loudness of the mix.

    Version 1 had one track of scenes and at most one of music.
    """
    track = {
        "name": None,
        "volume": 1.0,
        "mute": False,
        "solo": False,
        "locked": False,
        "hidden": False,
        "height": None,
    }
    more: dict[str, Json] = {"scene": {"offset": 0}, "music": {"envelope": [], "loop": False}}
    tracks = [
        {
            **track,
            **old,
            "items": [{**item, **more[old["kind"]]} if item["type"] == "clip" else dict(item) for item in old["items"]],
        }
        for old in data["tracks"]
    ]
    return {**data, "audio": {"loudness": None}, "markers": [], "tracks": tracks}


# STEPS[n] makes version n + 1 out of version n.
STEPS: dict[int, Callable[[Json], Json]] = {1: _from_1}


def upgrade(data: Mapping[str, Any], steps: Mapping[int, Callable[[Json], Json]] | None = None) -> Json:
    """The document's JSON at `VERSION`. Raises InvalidInput for one without a version or from a newer program."""
    steps = STEPS if steps is None else steps
    result = dict(data)
    version = result.get("version")
    if not isinstance(version, int) or isinstance(version, bool):
        raise InvalidInput("This project document carries no version.", code="bad-document")
    if version > VERSION:
        raise InvalidInput(
            f"This project was saved by a newer version of the studio (document version {version}, this one reads "
            f"{VERSION}); it cannot be opened here yet.",
            code="newer-document",
        )
    while version < VERSION:
        if version not in steps:
            raise InvalidInput(f"Project documents of version {version} cannot be read.", code="bad-document")
        try:
            result = {**steps[version](result), "version": version + 1}
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidInput(f"This is no project document: {error!r}.", code="bad-document") from error
        version += 1
    return result


def read(data: Mapping[str, Any]) -> Document:
    """A stored document of any version, as values."""
    return Document.from_dict(upgrade(data))
