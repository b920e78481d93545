"""Film footage in Lottie: a picture layer whose asset names a film, and which of its frames is seen when.

Lottie has no films. A film's asset holds no picture but an address (`http://film/…`) which the server's ThorVG asks us
about, and which is a slot for the browser's. One asset shows one frame at a time, so a nested composition with a film
in it that is shown twice is written twice (`tracks`).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from flatrender.aftereffects.graph import Alpha
from flatrender.aftereffects.lottie.images import UNCUT, Crop
from flatrender.aftereffects.lottie.keyframes import Json
from flatrender.aftereffects.lottie.moments import value_at
from flatrender.core.errors import FlatRenderError, TooLarge

ADDRESS: Final = "http://film/"
SUFFIXES: Final = frozenset(
    [".mp4", ".mov", ".m4v", ".webm", ".mkv", ".avi", ".mpg", ".mpeg", ".mts", ".m2ts", ".wmv", ".ogv"]
)
MOST: Final = 64
"""Films in one picture, each counted as often as it is shown."""
_CLEAR: Final = (  # one transparent pixel
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAAC0lEQVR4nGNgAAIAAAUAAXpeqz8AAAAASUVORK5CYII="
)
_DEEPEST: Final = 32
_PATIENCE: Final = 1e-4  # of a frame: times are sums of rounded numbers


@dataclass(frozen=True, slots=True)
class Film:
    """A film for a box of `width` × `height`: its asset id, its file, and how it fills the box.

    `rate`: of its frames as they are shown, `native_rate` as they were recorded. `frames`: how many it has; 0 where
    only the file knows. `loops`: how often it plays; 0 for ever.
    """

    asset: str
    path: Path
    width: int
    height: int
    rate: float = 0.0
    native_rate: float = 0.0
    frames: int = 0
    loops: int = 1
    alpha: Alpha = "straight"
    inverted: bool = False
    sequence: bool = False
    fit: str = "stretch"
    focus: tuple[float, float] = (0.5, 0.5)
    crop: Crop = UNCUT

    def asset_object(self, *, slot: bool) -> Json:
        """As the Lottie has it: without its pixels, which come frame by frame. `slot`: for the browser's player, which
        would draw a sign of its own for a picture that is not there.
        """
        place = {"p": _CLEAR, "e": 1, "sid": self.asset} if slot else {"p": ADDRESS + self.asset, "e": 0}
        return {"id": self.asset, "w": self.width, "h": self.height, "u": "", **place}


def is_film(path: Path) -> bool:
    """Whether a file is a film: by its name, or by how it begins (uploads are kept under names of their own)."""
    if path.suffix.lower() in SUFFIXES:
        return True
    try:
        with path.open("rb") as file:
            begin = file.read(16)
    except OSError:
        return False
    if begin[4:8] == b"ftyp":  # ISO/IEC 14496-12; pictures and sounds come in it too
        return not begin[8:11].lower().startswith((b"hei", b"hev", b"avi", b"mif", b"msf", b"m4a", b"m4b"))
    return begin.startswith((b"\x1aE\xdf\xa3", b"\x00\x00\x01\xba")) or (begin[:4] == b"RIFF" and begin[8:11] == b"AVI")


def showable(path: Path, *, sequence: bool) -> bool:
    """Whether a film, or a sequence of pictures named by one of them, can be read."""
    from flatrender.film.footage import numbered  # most templates show none, and it is slow to load
    from flatrender.film.header import look

    try:
        if sequence and path.suffix.lower() != ".gif":
            numbered(path)
        return look(path).has_picture
    except FlatRenderError:
        return False


def audible(path: Path) -> bool:
    """Whether a file has a sound that can be read."""
    from flatrender.film.header import look

    try:
        return look(path).channels > 0
    except FlatRenderError:
        return False


@dataclass(frozen=True)
class Track:
    """What one film asset shows: `seconds[n]` of its film at frame n, None where it is not seen. `reversed`: its layer
    runs backwards."""

    asset: str
    film: Film
    side: int | None
    seconds: tuple[float | None, ...]
    reversed: bool

    def numbers(self, rate: float, frames: int) -> list[int | None]:
        """The film's frame at each frame of the whole. `rate`, `frames`: the film's, where it does not say itself."""
        rate, frames = self.film.rate or rate, self.film.frames or frames
        return [
            None if second is None else _number(second * rate, frames, self.film.loops, self.reversed)
            for second in self.seconds
        ]


def _number(place: float, frames: int, loops: int, reverse: bool) -> int:
    # In a layer that runs backwards a frame stands until the moment at which it would have begun.
    number = math.ceil(place - _PATIENCE) - 1 if reverse else math.floor(place + _PATIENCE)
    if frames <= 0:
        return max(0, number)
    last = frames * loops - 1 if loops else None
    number = max(0, number if last is None else min(number, last))
    return number % frames


def tracks(document: Json, films: Mapping[str, tuple[Film, int | None]]) -> tuple[Json, list[Track]]:
    """The document with an asset for each time that a film is shown, and what each of them shows.

    Args:
        document: a composition as Lottie.
        films: asset id → the film, and the longest side that its pictures need.

    Raises:
        TooLarge: films are shown more than `MOST` times.
    """
    writer = _Tracks(document, films)
    layers = writer.layers(document["layers"], lambda frame: frame, 0)
    used = [asset for asset in document["assets"] if asset["id"] not in films and asset["id"] not in writer.holders]
    return {**document, "assets": [*used, *writer.assets], "layers": layers}, writer.tracks


_Time = Callable[[float], float | None]
"""A frame of the whole → the frame within a nested composition, None where it is not seen."""


class _Tracks:
    def __init__(self, document: Json, films: Mapping[str, tuple[Film, int | None]]) -> None:
        self._films = films
        self._slots = any("sid" in asset for asset in document["assets"] if asset["id"] in films)
        self._rate = float(document["fr"])
        self._frames = max(1, math.ceil(float(document["op"])))
        self._nested = {asset["id"]: asset for asset in document["assets"] if "layers" in asset}
        self.holders = self._find_holders()
        self.assets: list[Json] = []
        self.tracks: list[Track] = []
        self._taken: set[str] = set()

    def _find_holders(self) -> set[str]:
        """The nested compositions in which a film is shown, also further down."""
        held = {name: {layer.get("refId") for layer in asset["layers"]} for name, asset in self._nested.items()}
        found: set[str] = set()
        fresh = set(self._films)
        while fresh:
            fresh = {name for name, inside in held.items() if inside & fresh} - found
            found |= fresh
        return found

    def layers(self, layers: list[Json], time: _Time, depth: int) -> list[Json]:
        return [self._layer(layer, time, depth) for layer in layers]

    def _layer(self, layer: Json, time: _Time, depth: int) -> Json:
        name = str(layer.get("refId"))
        if name in self._films and layer["ty"] == 2:
            return {**layer, "refId": self._film(name, layer, time)}
        if name not in self.holders or layer["ty"] != 0:
            return layer
        if depth > _DEEPEST:  # a damaged file: a composition within itself
            raise TooLarge("A composition with a film in it lies within itself; it cannot be drawn.")
        inside = self.layers(self._nested[name]["layers"], self._within(layer, time), depth + 1)
        own = self._own_name(name)
        self.assets.append({**self._nested[name], "id": own, "layers": inside})
        return {**layer, "refId": own}

    def _film(self, name: str, layer: Json, time: _Time) -> str:
        if len(self.tracks) >= MOST:
            raise TooLarge(f"Films are shown more than {MOST} times in this composition; it cannot be drawn.")
        film, side = self._films[name]
        own = self._own_name(name)
        inner = self._within(layer, time)
        frames = [inner(number) for number in range(self._frames + 1)]
        seconds = tuple(None if frame is None else frame / self._rate for frame in frames)
        backwards = float(layer["sr"]) < 0 and not layer.get("tm")
        self.assets.append(replace(film, asset=own).asset_object(slot=self._slots))
        self.tracks.append(Track(own, film, side, seconds, backwards))
        return own

    def _own_name(self, name: str) -> str:
        own, number = name, 2
        while own in self._taken:
            own, number = f"{name}~{number}", number + 1
        self._taken.add(own)
        return own

    def _within(self, layer: Json, time: _Time) -> _Time:
        """The layer's own time, as the player has it."""
        first, end, start, stretch = (float(layer[name]) for name in ("ip", "op", "st", "sr"))
        remap = layer.get("tm")

        def local(frame: float) -> float | None:
            outer = time(frame)
            if outer is None or not first - _PATIENCE <= outer < end - _PATIENCE:
                return None
            return _at(remap, outer) * self._rate if remap else (outer - start) / stretch

        return local


def _at(prop: Json, frame: float) -> float:
    value: Any = value_at(prop["k"], frame) if prop.get("a") else prop["k"]
    return float(value[0] if isinstance(value, list) else value)
