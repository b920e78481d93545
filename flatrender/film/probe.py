"""What a film really is, and whether it is complete. Decides "this render succeeded": an exit status proves nothing.

FFmpeg itself is asked (`-c copy -f framecrc`): its header says what the streams are, its lines name every packet that
can really be read from the file, so a film cut off in the middle shows as fewer frames. Nothing is decoded. The silent
MP4 that our own encoder has just written is checked without it, see `mp4.py`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from pathlib import Path

from flatrender.core.errors import BadFile, NotFound, ProcessFailed, TooLarge
from flatrender.core.process import Limits, run
from flatrender.core.timing import Rate
from flatrender.film import argv, mp4
from flatrender.film.ffmpeg import failure, find_ffmpeg, last_line
from flatrender.film.info import FilmInfo

__all__ = ["Expected", "FilmInfo", "difference", "parse", "probe", "probe_own", "verify"]

# A stranger's file may be anything: the child is small and short-lived.
LIMITS = Limits(wall_seconds=120, cpu_seconds=120, memory_bytes=4 << 30)
MOST_LISTED = 192 << 20  # three hours of 60 frames a second and their sound take 90 MB


@dataclass(frozen=True)
class Expected:
    """What a complete film must be; None: not asked. `frames` are exact; the sound may end a tenth of a second off."""

    frames: int | None = None
    rate: Rate | None = None
    width: int | None = None
    height: int | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    has_alpha: bool | None = None


STREAM = re.compile(r"^  Stream #0:\d+\S*: (Video|Audio): (\w+)(.*)$", re.M)
_SIZE = re.compile(r"(?<![\w])(\d{1,5})x(\d{1,5})(?![\w])")
_TURN = re.compile(r"rotation of (-?[\d.]+) degrees")
_STATED = re.compile(r"^  Duration: (\d+):(\d\d):(\d\d\.\d+)", re.M)
HIDDEN_ALPHA = re.compile(r"alpha_mode +: 1", re.I)  # of WebM; in capitals where the picture was copied
ALPHA_FORMATS = re.compile(r"^(yuva|gbrap|rgba|bgra|argb|abgr|ya\d|vuya|ayuv|pal8)")

_USUAL_RATES = [Rate(n) for n in (12, 15, 24, 25, 30, 48, 50, 60, 100, 120)]
_USUAL_RATES += [Rate(n * 1000, 1001) for n in (24, 30, 48, 60, 120)]


def probe(path: Path) -> FilmInfo:
    """Reads a film (or a folder with a PNG sequence, or a sound, or a picture).

    Raises NotFound, or BadFile when FFmpeg cannot read it.
    """
    if path.is_dir():
        return _probe_sequence(path)
    if not path.is_file():
        raise NotFound(f"There is no file {path.name}.")
    done = run([find_ffmpeg(), *argv.probe(path)], limits=LIMITS, max_output=MOST_LISTED)
    if done.truncated:
        raise TooLarge(f"{path.name} has more frames than can be counted; cut it into shorter films.")
    log = done.stderr.decode("utf-8", "replace")
    if done.reason == "signal":
        raise failure(done.returncode, log, "reading a film")
    info = parse(done.stdout.decode("ascii", "replace"), log)
    if info is None:
        raise BadFile(f"{path.name} is no film, sound or picture that can be read ({last_line(log)}).", log=log)
    return info


def probe_own(path: Path) -> FilmInfo:
    """`probe` for a film that our encoder has made: without a child where it can be, fifty times as fast."""
    return mp4.read(path) or probe(path)


def parse(listing: str, log: str) -> FilmInfo | None:
    """FFmpeg's packet listing and its log as a FilmInfo; None when there is no stream with a packet in it."""
    tracks = _tracks(listing.splitlines())
    source = log.split("Stream mapping:", maxsplit=1)[0]
    picture = sound = None
    for kind, codec, rest in STREAM.findall(source):
        if kind == "Video" and picture is None and "(attached pic)" not in rest:
            picture = (codec, rest)
        elif kind == "Audio" and sound is None:
            sound = (codec, rest)
    video = tracks.get("video")
    audio = tracks.get("audio")
    if video is None and audio is None:
        return None
    width = height = frames = 0
    rate, pixel_format, has_alpha, length = Rate(1), None, False, 0.0
    if video is not None and picture is not None:
        frames, length = video.count, float(video.length)
        width, height = video.size
        pixel_format = pixel_format_of(picture[1])
        rate = _rate(video, picture[1])
        has_alpha = bool(pixel_format and ALPHA_FORMATS.match(pixel_format)) or HIDDEN_ALPHA.search(source) is not None
        turn = _TURN.search(source)
        if turn and round(float(turn[1]) / 90) % 2:
            width, height = height, width
    return FilmInfo(
        duration=length if video is not None else float(audio.length) if audio else 0.0,
        frames=frames,
        width=width,
        height=height,
        rate=rate,
        video_codec=picture[0] if picture and video else None,
        audio_codec=sound[0] if sound and audio else None,
        pixel_format=pixel_format,
        has_alpha=has_alpha,
        audio_duration=float(audio.length) if audio else 0.0,
        sample_rate=audio.sample_rate if audio else 0,
        channels=channels_of(sound[1]) if sound and audio else 0,
        parameters=" ".join([*(video.header if video else ()), pixel_format or ""]),
        variable_rate=video is not None and video.varies,
        stated=_stated(source),
        streams=len(re.findall(r"^  Stream #0:", source, re.M)),
        step=video.step if video is not None else Fraction(0),
    )


class _Track:
    def __init__(self) -> None:
        self.header: list[str] = []
        self.base = Fraction(1)
        self.size = (0, 0)
        self.sample_rate = 0
        self.count = 0
        self.first: int | None = None
        self.end = 0
        self.durations: dict[int, int] = {}

    @property
    def length(self) -> Fraction:
        return (self.end - max(self.first or 0, 0)) * self.base

    @property
    def step(self) -> Fraction:
        return gcd(*self.durations) * self.base

    @property
    def varies(self) -> bool:
        """More than a frame in a hundred lasts another time than most, by more than containers round."""
        usual = max(self.durations, key=lambda duration: self.durations[duration])
        slack = max(Fraction(1, 400), usual * self.base / 10)
        others = sum(n for duration, n in self.durations.items() if abs(duration - usual) * self.base > slack)
        return others > max(1, self.count // 100)


def _tracks(lines: Iterable[str]) -> dict[str, _Track]:
    by_number: dict[str, _Track] = {}
    kinds: dict[str, str] = {}
    for line in lines:
        if line.startswith("#"):
            key, _, value = line[1:].partition(": ")
            name, _, number = key.rpartition(" ")
            if not number.isdigit():
                continue
            track = by_number.setdefault(number, _Track())
            value = value.strip()
            if name == "media_type":
                kinds[number] = value
            elif name == "tb":
                track.base = Fraction(value)
            elif name == "dimensions":
                width, _, height = value.partition("x")
                track.size = (int(width), int(height))
            elif name == "sample_rate":
                track.sample_rate = int(value)
            if name in ("extradata", "tb", "codec_id", "dimensions"):
                track.header.append(f"{name}={value}")
            continue
        fields = line.split(",", 4)
        if len(fields) < 5:
            continue
        track = by_number.setdefault(fields[0].strip(), _Track())
        try:
            time, duration = int(fields[2]), int(fields[3])
        except ValueError:
            continue
        track.count += 1
        track.durations[duration] = track.durations.get(duration, 0) + 1
        track.first = time if track.first is None else min(track.first, time)
        track.end = max(track.end, time + duration)
    return {kind: by_number[number] for number, kind in kinds.items() if by_number[number].count}


def _stated(source: str) -> float:
    if "Estimating duration from bitrate" in source:
        return 0.0
    found = _STATED.search(source)
    return int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3]) if found else 0.0


def pixel_format_of(rest: str) -> str | None:
    """A picture stream's pixel format, from what follows its codec in FFmpeg's log."""
    # " (High) (avc1 / 0x31637661), yuv420p(tv, bt709, progressive), 1920x1080, …": the first word after a comma.
    found = re.search(r", ([a-z][a-z0-9]+)(?=[(,])", re.sub(r"\([^()]*\)", lambda m: m[0].replace(", ", ";"), rest))
    return found[1] if found else None


def _rate(track: _Track, rest: str) -> Rate:
    """The rate that all packets keep, exactly; where they do not (variable, or rounded times), FFmpeg's guess."""
    usual = max(track.durations, key=lambda duration: track.durations[duration])
    if usual > 0 and len(track.durations) == 1:
        exact = 1 / (usual * track.base)
        # Matroska rounds times to milliseconds, GIF to hundredths: their packets do not tell the rate exactly.
        if track.base.denominator > 1000 and exact.numerator <= 1_000_000:
            return Rate(exact.numerator, exact.denominator)
    guess = re.search(r"([\d.]+)(k?) fps", rest) or re.search(r"([\d.]+)(k?) tbr", rest)
    if not guess:
        return Rate(1)
    about = float(guess[1]) * (1000 if guess[2] else 1)
    # FFmpeg prints two decimals: 23.98 is 24000/1001.
    near = min(_USUAL_RATES, key=lambda rate: abs(float(rate) - about))
    return near if abs(float(near) - about) < 0.006 else Rate.from_float(about)


def channels_of(rest: str) -> int:
    """A sound stream's number of channels, from what follows its codec in FFmpeg's log."""
    found = re.search(r"(\d+) channels", rest)
    if found:
        return int(found[1])
    return next((n for word, n in (("mono", 1), ("stereo", 2), ("5.1", 6), ("7.1", 8)) if f" {word}" in rest), 2)


def _probe_sequence(folder: Path) -> FilmInfo:
    pictures = sorted(folder.glob("*.png"))
    if not pictures:
        raise BadFile(f"The folder {folder.name} holds no pictures.")
    first = probe(pictures[0])
    return FilmInfo(
        duration=0.0,
        frames=sum(1 for picture in pictures if picture.stat().st_size > 0),
        width=first.width,
        height=first.height,
        rate=Rate(1),
        video_codec="png",
        audio_codec=None,
        pixel_format=first.pixel_format,
        has_alpha=first.has_alpha,
    )


def verify(path: Path, expected: Expected) -> FilmInfo:
    """Probes the film and raises ProcessFailed, naming the first thing that is wrong, unless it is complete."""
    try:
        info = probe_own(path)
    except (BadFile, NotFound) as error:
        raise ProcessFailed(f"The film is not complete: {error.message}", log=error.details.get("log", "")) from error
    problem = difference(info, expected)
    if problem:
        raise ProcessFailed(f"The film is not complete: {problem}.", info=str(info))
    return info


def difference(info: FilmInfo, expected: Expected) -> str | None:
    """The first thing in which a film differs from what it must be, in words, or None."""
    if info.video_codec is None:
        return "it has no picture"
    for name, word in (("width", "wide"), ("height", "high")):
        wanted, found = getattr(expected, name), getattr(info, name)
        if wanted is not None and wanted != found:
            return f"it is {found} pixels {word} instead of {wanted}"
    if expected.video_codec and info.video_codec != expected.video_codec:
        return f"its picture is {info.video_codec} instead of {expected.video_codec}"
    if expected.frames is not None and info.frames != expected.frames:
        return f"it has {info.frames} frames instead of {expected.frames}"
    if expected.frames is not None and expected.rate is not None and info.duration:
        wanted_seconds = float(expected.rate.seconds(expected.frames))
        slack = max(0.5 / float(expected.rate), 0.02)
        if abs(info.duration - wanted_seconds) > slack:
            return f"it lasts {info.duration:.3f} seconds instead of {wanted_seconds:.3f}"
    if expected.audio_codec:
        if info.audio_codec != expected.audio_codec:
            return f"its sound is {info.audio_codec or 'missing'} instead of {expected.audio_codec}"
        if abs(info.audio_duration - info.duration) > 0.1:
            return f"its sound lasts {info.audio_duration:.3f} seconds instead of {info.duration:.3f}"
    if expected.has_alpha is not None and info.has_alpha != expected.has_alpha:
        return "its transparency is " + ("missing" if expected.has_alpha else "not wanted")
    return None
