"""Gives a finished film a sound: its picture stays as it is."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from flatrender.film import exporting, formats, presets
from flatrender.film.compose import composed
from flatrender.film.encode import temporary
from flatrender.film.probe import FilmInfo
from flatrender.film.spec import Film, SoundLane


def dub(
    path: Path, info: FilmInfo, format: str, sounds: SoundLane, *, cancelled: Callable[[], bool] | None = None
) -> FilmInfo:
    """Mixes the sounds under the film at `path`, of a format that can sound, and replaces it.

    Raises NotFound, BadFile, NoSpace, Cancelled.
    """
    preset = formats.find(format).sound
    assert preset is not None
    size = info.width, info.height
    film = Film(info.rate, (size[0] + size[0] % 2, size[1] + size[1] % 2), info.frames, (), (sounds,))
    with composed(film, path.parent, pictures=False, cancelled=cancelled) as master:
        whole = replace(master, picture=path, info=info)
        out = temporary(path)
        made = exporting.write(whole, presets.find(preset), size, out, cancelled=cancelled)
        out.replace(path)
    return made
