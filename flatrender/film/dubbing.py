"""Gives a finished film a sound: its picture stays as it is."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from flatrender.film import exporting, presets
from flatrender.film.compose import composed
from flatrender.film.encode import temporary
from flatrender.film.probe import FilmInfo
from flatrender.film.spec import Film, SoundLane

# Film formats that can sound, and the preset whose sound they have.
PRESETS = {"mp4": "mp4", "webm": "webm", "mov": "prores"}


def dub(
    path: Path, info: FilmInfo, format: str, sounds: SoundLane, *, cancelled: Callable[[], bool] | None = None
) -> FilmInfo:
    """Mixes the sounds under the film at `path` and replaces it. Raises NotFound, BadFile, NoSpace, Cancelled."""
    size = info.width, info.height
    film = Film(info.rate, (size[0] + size[0] % 2, size[1] + size[1] % 2), info.frames, (), (sounds,))
    with composed(film, path.parent, pictures=False, cancelled=cancelled) as master:
        whole = replace(master, picture=path, info=info)
        out = temporary(path)
        made = exporting.write(whole, presets.find(PRESETS[format]), size, out, cancelled=cancelled)
        out.replace(path)
    return made
