"""What is made of an upload before it is used: what it is, a proxy, a poster, a sheet of pictures, peaks of its sound.

Runs on a node, as a task. The stranger's bytes are read in limited children alone (`media.decoder`, `film`). A film
that breaks off in the middle is used as far as it goes, and that is said in its notes.
"""

import io
import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from PIL import Image

from flatrender.core.db import get_database
from flatrender.core.errors import BadFile, NotFound, TooLarge
from flatrender.core.storage import get_storage
from flatrender.film import argv, proxies
from flatrender.film.ffmpeg import Cancelled
from flatrender.film.probe import FilmInfo, probe
from flatrender.media import decoder, formats, peaks, pictures
from flatrender.media.models import MOVING, Media, MediaKind

Json = dict[str, Any]
MAX_SECONDS = 3 * 3600
MAX_FILM_PIXELS = 36_000_000  # a little over 8K
MAX_STREAMS = 32
MAX_HOLED_SECONDS = 600  # of a film whose proxy is seen through; for longer ones the one on grey has to do
MAX_MOVING = 4_000_000_000  # pixels of a film made of a moving picture: a minute of 1080p at 30 a second
MAX_MOVING_SIZE = 9_500_000  # a little over 4K: an encoder takes more memory for larger ones than a node has to give
SHEET_COLUMNS, SHEET_MOST, SHEET_HEIGHT = 10, 100, 90
POSTER = 480  # the longer side
OnProgress = Callable[[float, str], None]
IsCancelled = Callable[[], bool]


def produce(tenant_id: str, media_id: str, folder: Path, on_progress: OnProgress, cancelled: IsCancelled) -> Json:
    """Reads the file and stores what is made of it; the facts for its row (`writer.FACTS`). May be repeated.

    `folder`: to work in, removed by the caller. Raises BadFile or TooLarge for what cannot be used, NotFound when the
    file is gone, Cancelled.
    """
    with get_database().tenant_session(tenant_id, read_only=True) as session:
        media = session.get(Media, media_id)
        if media is None or media.tenant_id != tenant_id or not media.key:
            raise NotFound("The file was deleted.")
    path = get_storage().local_path(media.key)
    work = _Work(media, path, folder, on_progress, cancelled)
    if media.kind == MediaKind.IMAGE:
        try:
            return work.moving() or work.picture()
        except BadFile as error:
            if error.code != "no-picture":
                raise
    return work.film_or_sound()


class _Work:
    """One file, and where its parts go."""

    def __init__(self, media: Media, path: Path, folder: Path, on_progress: OnProgress, cancelled: IsCancelled) -> None:
        self.media, self.path, self.folder = media, path, folder
        self.tell, self.cancelled = on_progress, cancelled
        self.base = formats.base_key(media.tenant_id, media.sha256)
        self.facts: Json = {"key": media.key, "content_type": media.content_type, "notes": []}

    def picture(self) -> Json:
        """A picture: upright, in a form that the engine draws, and a thumbnail."""
        return self.facts | picture_facts(self.path, self.media.name, self.media.size, self.base, self.folder)

    def moving(self) -> Json | None:
        """A picture that moves, as a film; None for one that does not, or that cannot be read or made as one."""
        source = self.path
        if not pictures.moves(source):
            return None
        try:
            if pictures.is_webp(source):
                source = self.folder / "unfolded.png"
                decoder.unfold(self.path, self.media.name, source)
            source = pictures.lean(source, self.folder / "lean.png")
            info = self._probe(source)
        except BadFile:  # damaged further on: its first picture may still do
            return None
        if info.frames < 2 or info.duration <= 0 or info.width * info.height > MAX_MOVING_SIZE:
            return None
        self._check(info)
        if info.width * info.height * info.duration * float(proxies.film_rate(info)) > MAX_MOVING:
            raise TooLarge(f"{self.media.name} is too large and long for a picture; make it a film.", field="file")
        self.tell(0.03, "reading")
        out = self.folder / MOVING
        try:
            made = proxies.make_film(
                source,
                info,
                out,
                on_progress=lambda part: self.tell(0.03 + 0.47 * part, "reading"),
                cancelled=self.cancelled,
            )
        except BadFile:  # the encoder gave up and left a beginning of nothing
            return None
        self.path, self.facts["key"] = out, self._store(out, MOVING)
        self._film(made, 0.5)
        self.tell(0.99, "storing")
        return self.facts

    def _probe(self, path: Path) -> FilmInfo:
        """`probe`, which knows a file by where it is stored, where the sender is told of it as it stands."""
        try:
            return probe(path)
        except TooLarge:
            said = f"{self.media.name} has more frames than can be counted; cut it into shorter films."
            raise TooLarge(said, field="file") from None

    def film_or_sound(self) -> Json:
        name = self.media.name
        try:
            info = self._probe(self.path)
        except BadFile as error:
            # MP4 and MOV say at their end where the frames lie, unless they were made for the web.
            if "moov atom not found" in str(error.details.get("log")):
                said = f"{name} breaks off before its list of frames; copy or export it again."
                raise BadFile(said, field="file") from None
            raise BadFile(f"{name} is no film, sound or picture that can be read.", field="file") from None
        if info.audio_codec is None and info.frames <= 1:
            return self.picture()
        self._check(info)
        self.tell(0.03, "reading")
        broken = info.stated - max(info.duration, info.audio_duration)
        if broken > max(0.5, info.stated * 0.02):
            self._note(
                "cut-off",
                f"{name} breaks off after {_say(info.stated - broken)} of {_say(info.stated)}; what is there is used.",
                seconds=round(info.stated - broken, 3),
                stated=info.stated,
            )
        if info.video_codec is not None and info.frames > 1:
            self._film(info)
        else:
            self._sound(info)
        self.tell(0.99, "storing")
        return self.facts

    def _check(self, info: FilmInfo) -> None:
        name, seconds = self.media.name, max(info.duration, info.audio_duration)
        if seconds <= 0:
            raise BadFile(f"{name} lasts no time; there is nothing in it to use.", field="file")
        if seconds > MAX_SECONDS:
            raise TooLarge(
                f"{name} lasts {seconds / 3600:.1f} hours; films and sounds may last {MAX_SECONDS // 3600}.",
                field="file",
            )
        if info.width * info.height > MAX_FILM_PIXELS:
            raise TooLarge(f"{name} is {info.width} × {info.height} pixels; films up to 8K can be used.", field="file")
        if info.streams > MAX_STREAMS:
            raise TooLarge(f"{name} holds {info.streams} streams; at most {MAX_STREAMS} can be read.", field="file")

    def _film(self, info: FilmInfo, begun: float = 0.03) -> None:
        out = self.folder / "proxy.mp4"
        content_type = formats.film_type(MOVING if self.facts["key"].endswith(MOVING) else self.media.name)
        plays = content_type == "video/webm" and not info.variable_rate  # with its holes, as it is
        holed = info.has_alpha and not plays and info.duration <= MAX_HOLED_SECONDS
        half = begun + (0.78 - begun) / 3 if holed else 0.78
        made = proxies.make_proxy(
            self.path,
            info,
            out,
            on_progress=lambda part: self.tell(begun + (half - begun) * part, "proxy"),
            cancelled=self.cancelled,
        )
        if made.frames == 0:
            raise BadFile(f"{self.media.name} holds no picture that can be decoded.", field="file")
        if info.variable_rate:
            said = f"The frames of {self.media.name} last unequally long; it is used at {float(made.rate):g} a second."
            self._note("vfr", said, rate=float(made.rate))
        if made.duration < 0.9 * info.duration:
            said = f"Only {_say(made.duration)} of {self.media.name} can be decoded; that is used."
            self._note("damaged", said, seconds=round(made.duration, 3))
        width, height = _shown(info, made)
        self.facts |= {
            "kind": MediaKind.VIDEO,
            "content_type": content_type,
            "width": width,
            "height": height,
            "duration": round(made.duration, 3),
            "rate_num": made.rate.num,
            "rate_den": made.rate.den,
            "frames": made.frames,
            "has_audio": info.audio_codec is not None,
            "has_alpha": info.has_alpha,
            "proxy_key": self._holed(info, half) if holed else self._store(out, "proxy.mp4"),
        }
        self._pictures(out, made)
        if info.audio_codec is not None:
            self._peaks(0.82, 0.97, info)

    def _holed(self, info: FilmInfo, begun: float) -> str:
        """The key of a proxy through whose holes one sees. What lies on grey is for the strip and the poster alone."""
        out = self.folder / "proxy.webm"
        proxies.make_proxy(
            self.path,
            info,
            out,
            holed=True,
            on_progress=lambda part: self.tell(begun + (0.78 - begun) * part, "proxy"),
            cancelled=self.cancelled,
        )
        return self._store(out, "proxy.webm")

    def _sound(self, info: FilmInfo) -> None:
        if info.audio_codec is None:
            raise BadFile(f"{self.media.name} holds no sound that can be used.", field="file")
        self._peaks(0.03, 0.8, info)
        content_type = formats.sound_type(self.media.name, info.audio_codec)
        self.facts |= {
            "kind": MediaKind.AUDIO,
            "content_type": content_type or "application/octet-stream",
            "duration": round(info.audio_duration, 3),
            "has_audio": True,
        }
        if content_type is None:
            out = self.folder / "proxy.m4a"
            proxies.make_sound_proxy(self.path, out, cancelled=self.cancelled)
            self.facts["proxy_key"] = self._store(out, "proxy.m4a")

    def _pictures(self, proxy: Path, made: FilmInfo) -> None:
        """The sheet of pictures for the timeline, and the poster."""
        step = argv.key_frames(made.rate)
        every = max(1, math.ceil(made.frames / step / SHEET_MOST))
        count = math.ceil(made.frames / (step * every))
        columns = min(SHEET_COLUMNS, count)
        rows = math.ceil(count / columns)
        width = min(320, max(16, round(SHEET_HEIGHT * made.width / made.height)))
        pixels = proxies.sheet(proxy, every, columns, rows, (width, SHEET_HEIGHT))
        self.facts["sprite_key"] = self._store_picture(
            pixels, (width * columns, SHEET_HEIGHT * rows), "sprite.webp", 70
        )
        self.facts["sprite"] = {
            "width": width,
            "height": SHEET_HEIGHT,
            "columns": columns,
            "rows": rows,
            "count": count,
            "interval": float(made.rate.seconds(step * every)),
        }
        scale = min(1.0, POSTER / max(made.width, made.height))
        size = max(2, round(made.width * scale)), max(2, round(made.height * scale))
        pixels = proxies.still(proxy, Fraction(made.duration).limit_denominator(1000) / 4, size)
        self.facts["thumbnail_key"] = self._store_picture(pixels, size, "thumbnail.webp", 82)
        self.tell(0.82, "pictures")

    def _peaks(self, start: float, end: float, info: FilmInfo) -> None:
        seconds, heard = info.audio_duration or info.duration or 1.0, 0

        def blocks() -> Any:
            nonlocal heard
            for block in proxies.samples(self.path, peaks.SAMPLE_RATE, cancelled=self.cancelled):
                heard += len(block) // 2
                self.tell(start + (end - start) * min(1.0, heard / peaks.SAMPLE_RATE / seconds), "sound")
                yield block

        levels = peaks.measure(blocks(), MAX_SECONDS)
        if not levels:
            return
        key = f"{self.base}.peaks"
        for level in levels:
            get_storage().put_bytes(level.to_bytes(), f"{key}.{level.number}")
        self.facts |= {"peaks_key": key, "peaks": [level.to_dict() for level in levels]}

    def _note(self, code: str, detail: str, **figures: float) -> None:
        self.facts["notes"].append({"code": code, "detail": detail, **figures})

    def _store(self, path: Path, ending: str) -> str:
        if self.cancelled():
            raise Cancelled
        key = f"{self.base}.{ending}"
        get_storage().put_file(path, key)
        return key

    def _store_picture(self, pixels: bytes, size: tuple[int, int], ending: str, quality: int) -> str:
        out = io.BytesIO()
        Image.frombytes("RGB", size, pixels).save(out, "WEBP", quality=quality)
        key = f"{self.base}.{ending}"
        get_storage().put_bytes(out.getvalue(), key)
        return key


def picture_facts(path: Path, name: str, size: int, base: str, folder: Path) -> Json:
    """Decodes a picture in a child and stores it; the facts for its row. Raises BadFile, TooLarge."""
    if size > formats.MAX_IMAGE_BYTES:
        raise formats.too_large(name, formats.MAX_IMAGE_BYTES)
    upright, small = folder / "picture", folder / "thumbnail"
    picture = decoder.normalise(path, name, upright, small)
    storage = get_storage()
    key, thumbnail_key = f"{base}.{picture.suffix}", f"{base}.thumbnail.webp"
    storage.put_file(upright, key)
    storage.put_file(small, thumbnail_key)
    return {
        "kind": MediaKind.IMAGE,
        "key": key,
        "content_type": picture.content_type,
        "width": picture.width,
        "height": picture.height,
        "has_alpha": picture.has_alpha,
        "thumbnail_key": thumbnail_key,
    }


def _shown(info: FilmInfo, made: FilmInfo) -> tuple[int, int]:
    """Width and height as seen: the file's, unless its pixels are not square."""
    aspect = made.width / made.height
    if abs(info.width / info.height / aspect - 1) < 0.03:
        return info.width, info.height
    return round(info.height * aspect), info.height


def _say(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
