"""What the browser cannot hold of a scene: the frames of films in its layers, as pictures that its player swaps in.

Lottie has no films. The player is told which of a film's frames is seen at each of the scene's (`told`), and asks for
the pictures of those that it shows next. The same decoder gives them that draws the film, so that they are the film's:
without loss for a frame that stands, a little smaller for those that run by.
"""

import base64
import io
import json
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import Any, Final

from PIL import Image

from flatrender.aftereffects.lottie.films import Track
from flatrender.aftereffects.moving import footage_of
from flatrender.core.errors import NotFound
from flatrender.film.footage import FootageReader

Json = dict[str, Any]
MOST: Final = 60
"""Frames of a scene that may be asked for at once."""
_KEPT: Final = 64
_QUALITY: Final = 92


def told(tracks: Sequence[Track]) -> bytes:
    """Which frame of each film is seen at each frame of the scene (null: none), as JSON text."""
    return json.dumps(
        [{"asset": track.asset, "numbers": footage_of(track)[1]} for track in tracks], separators=(",", ":")
    ).encode()


def pictures(track: Track, first: int, count: int, *, exact: bool) -> Iterator[Json]:
    """The pictures that a film shows at the scene's frames [first, first + count), each once: `number` and `uri`.

    `exact`: without loss. Raises NotFound, BadFile, ProcessFailed.
    """
    footage, numbers = footage_of(track)
    pixels = bytearray(footage.frame_bytes)
    with FootageReader(footage) as reader:
        for number in dict.fromkeys(numbers[first : first + min(count, MOST)]):
            if number is not None:
                reader.read(number, memoryview(pixels))
                yield {"number": number, "uri": _uri(bytes(pixels), footage.size, exact)}


def still(track: Track) -> str:
    """What a film shows first, as a data URI. Raises NotFound, BadFile, ProcessFailed."""
    return str(next(pictures(track, 0, 1, exact=False))["uri"])


def _uri(pixels: bytes, size: tuple[int, int], exact: bool) -> str:
    image = Image.frombytes("RGBa", size, pixels).convert("RGBA")  # they came multiplied by alpha
    opaque = image.getchannel("A").getextrema() == (255, 255)
    stream = io.BytesIO()
    if exact:
        kind = "png"
        (image.convert("RGB") if opaque else image).save(stream, "PNG", compress_level=1)
    elif opaque:
        kind = "jpeg"
        image.convert("RGB").save(stream, "JPEG", quality=_QUALITY, subsampling=0)
    else:
        kind = "webp"
        image.save(stream, "WEBP", quality=_QUALITY, method=0)
    return f"data:image/{kind};base64,{base64.b64encode(stream.getvalue()).decode('ascii')}"


class Known:
    """The films of the scenes that were drawn last, by etag."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tracks: OrderedDict[str, list[Track]] = OrderedDict()

    def put(self, etag: str, tracks: list[Track]) -> None:
        with self._lock:
            self._tracks[etag] = tracks
            self._tracks.move_to_end(etag)
            while len(self._tracks) > _KEPT:
                self._tracks.popitem(last=False)

    def get(self, etag: str) -> list[Track] | None:
        with self._lock:
            return self._tracks.get(etag)


def of(tracks: Sequence[Track], asset: str) -> Track:
    """The film of that asset. Raises NotFound."""
    for track in tracks:
        if track.asset == asset:
            return track
    raise NotFound("The scene shows no such film any more.", code="film-gone")
