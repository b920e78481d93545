"""The films in a composition while it is drawn: each frame's pictures for the renderer, decoded as they are needed."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

from flatrender.aftereffects.lottie.films import ADDRESS, Film, Track
from flatrender.core.timing import Rate
from flatrender.film.footage import Footage, FootageReader
from flatrender.film.probe import probe
from flatrender.film.spec import Fit

Json = dict[str, Any]


def to_wire(track: Track) -> Json:
    """A track as a child sends it."""
    return {**asdict(track), "film": {**asdict(track.film), "path": str(track.film.path)}}


def from_wire(raw: Mapping[str, Any]) -> Track:
    film = dict(raw["film"])
    film |= {"path": Path(film["path"]), "focus": tuple(film["focus"]), "crop": tuple(film["crop"])}
    return Track(raw["asset"], Film(**film), raw["side"], tuple(raw["seconds"]), raw["reversed"])


def footage_of(track: Track, scale: float = 1.0) -> tuple[Footage, list[int | None]]:
    """The film of a track in the size in which it is seen, and its frame at each of the composition's.

    `scale`: how much smaller than its own size the composition is drawn. Raises NotFound, BadFile.
    """
    film = track.film
    rate, frames = film.rate, film.frames
    if rate and film.native_rate:
        exact = Rate.from_float(film.native_rate).fraction
    else:  # a customer's: what it is its file alone knows
        stamp = film.path.stat() if film.path.is_file() else None
        exact, frames = _measured(film.path, *((stamp.st_size, stamp.st_mtime_ns) if stamp else (0, 0)))
        rate = float(exact)
    size = film.width, film.height
    longest = max(size) * min(1.0, scale) if track.side is None else min(track.side, max(size)) * min(1.0, scale)
    share = min(1.0, longest / max(size))
    box = max(1, round(size[0] * share)), max(1, round(size[1] * share))
    fit = Fit(film.fit, film.focus, film.crop)  # type: ignore[arg-type]  # its mode is checked where it is bound
    footage = Footage(film.path, Fraction(exact), box, fit, film.alpha, film.inverted, film.sequence)
    return footage, track.numbers(rate, frames)


@lru_cache(maxsize=256)
def _measured(path: Path, size: int, changed: int) -> tuple[Fraction, int]:
    """A film's rate and how many frames it has; `size` and `changed` only keep the cache honest."""
    info = probe(path)
    return info.rate.fraction, info.frames


class FilmPicture:
    """One film as the renderer asks for it (`raster.feed.MovingPicture`)."""

    def __init__(self, track: Track, scale: float) -> None:
        self.address = ADDRESS + track.asset
        footage, self._numbers = footage_of(track, scale)
        self.size = footage.size
        self._reader = FootageReader(footage)

    def at(self, frame: float) -> int | None:
        """The film's frame at a frame of the composition; None where it is not seen."""
        number = int(frame + 1e-6)
        return self._numbers[number] if 0 <= number < len(self._numbers) else None

    def read(self, number: int, target: memoryview) -> None:
        """Decodes a frame of the film into `target`."""
        self._reader.read(number, target)

    def close(self) -> None:
        """Ends the decoder."""
        self._reader.close()


@contextmanager
def opened(tracks: Iterable[Track], scale: float = 1.0) -> Iterator[list[FilmPicture]]:
    """The films' pictures, their decoders ended at the end. Raises NotFound, BadFile."""
    with ExitStack() as stack:
        pictures = []
        for track in tracks:
            picture = FilmPicture(track, scale)
            stack.callback(picture.close)
            pictures.append(picture)
        yield pictures
