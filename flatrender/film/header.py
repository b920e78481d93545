"""What a source's header alone tells: enough to lay it into a film, without reading a 90-minute file to its end."""

import re
from dataclasses import dataclass
from pathlib import Path

from flatrender.core.errors import BadFile, NotFound
from flatrender.core.process import Limits, run
from flatrender.film import argv, mp4
from flatrender.film.ffmpeg import find_ffmpeg, last_line
from flatrender.film.probe import ALPHA_FORMATS, HIDDEN_ALPHA, STREAM, channels_of, pixel_format_of

LIMITS = Limits(wall_seconds=30, cpu_seconds=30, memory_bytes=4 << 30)
# Their indexes lead to any moment exactly; the others are read from their start.
_INDEXED = ("mov", "matroska", "wav", "flac", "aiff", "caf", "w64")

_INPUT = re.compile(r"^Input #0, ([^']*), from ", re.M)
_SIZE = re.compile(r"(?<!\w)(\d{1,5})x(\d{1,5})(?!\w)(?:,? \[?SAR (\d+):(\d+))?")
_TURN = re.compile(r"rotation of (-?[\d.]+) degrees")
KNOWS_HOLES = {"vp8": "libvpx", "vp9": "libvpx-vp9"}  # codec -> the decoder that gives back a WebM's transparency
_MATRICES = re.compile(r"bt709|smpte170m|bt470bg|bt2020|smpte240m|fcc|gbr")


@dataclass(frozen=True)
class Header:
    """A source at a glance.

    `width`, `height`: as shown, in square pixels; `stretched`: the file's are not square. `decoder`: the one that must
    be named so that transparency is kept. `matrix`: what is taken for its colour matrix where the file does not say.
    `channels`: 0 without sound. `indexed`: any moment of it can be entered exactly.
    """

    width: int = 0
    height: int = 0
    stretched: bool = False
    alpha: bool = False
    decoder: str | None = None
    matrix: str | None = None
    channels: int = 0
    indexed: bool = False

    @property
    def has_picture(self) -> bool:
        return self.width > 0


def look(path: Path) -> Header:
    """Reads the header. Raises NotFound, BadFile."""
    if not path.is_file():
        raise NotFound(f"There is no file {path.name}.")
    done = run([find_ffmpeg(), *argv.header(path)], limits=LIMITS, max_output=1 << 20)
    log = done.stderr.decode("utf-8", "replace")
    header = parse(log)
    if header is None:
        raise BadFile(f"{path.name} is no film, sound or picture that can be read ({last_line(log)}).", log=log)
    return header


def look_at_own(path: Path) -> Header:
    """`look` for a film that our encoder has made: without a child where it can be."""
    info = mp4.read(path)
    return look(path) if info is None else Header(info.width, info.height, indexed=True)


def parse(log: str) -> Header | None:
    """FFmpeg's log of an input; None when it opened nothing."""
    opened = _INPUT.search(log)
    if opened is None:
        return None
    streams = STREAM.findall(log)
    picture = next((s for s in streams if s[0] == "Video" and "(attached pic)" not in s[2]), None)
    sound = next((s for s in streams if s[0] == "Audio"), None)
    if picture is None and sound is None:
        return None
    channels = channels_of(sound[2]) if sound else 0
    indexed = opened[1].split(",")[0] in _INDEXED
    if picture is None:
        return Header(channels=channels, indexed=indexed)
    size = _SIZE.search(picture[2])
    width, height = (int(size[1]), int(size[2])) if size else (0, 0)
    stretched = bool(size and size[3] and int(size[4]) and size[3] != size[4])
    if size and stretched:
        width = max(1, round(width * int(size[3]) / int(size[4])))
    turn = _TURN.search(log)
    if turn and round(float(turn[1]) / 90) % 2:
        width, height = height, width
    kind = pixel_format_of(picture[2]) or ""
    hidden = HIDDEN_ALPHA.search(log) is not None  # WebM keeps transparency beside the picture
    decoder = KNOWS_HOLES.get(picture[1]) if hidden else None
    tagged = _MATRICES.search(picture[2]) is not None or not kind.startswith("yuv")
    guessed = "bt709" if height >= 720 or width >= 1280 else "bt601"  # as browsers do
    alpha = hidden or bool(ALPHA_FORMATS.match(kind))
    return Header(width, height, stretched, alpha, decoder, None if tagged else guessed, channels, indexed)
