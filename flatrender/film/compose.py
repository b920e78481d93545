"""A film from its spec: its picture made span by span and joined, its sound mixed beside it.

Scene films are encoded with the very setting of the film (`argv.H264`). A scene that is used whole and alone is
therefore copied: no loss, and it takes no time. All else is decoded and encoded once more, one small FFmpeg process for
each span (see `spans`), so that neither memory nor open files grow with the number of clips.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from flatrender.core.errors import InvalidInput, NoSpace, ProcessFailed
from flatrender.core.process import Limits
from flatrender.core.timing import Rate
from flatrender.film import argv, codecs, header, loudness, mixing, picture, spec, stills
from flatrender.film.encode import temporary
from flatrender.film.ffmpeg import run_ffmpeg
from flatrender.film.header import Header
from flatrender.film.mixing import Mix
from flatrender.film.probe import FilmInfo, probe, probe_own
from flatrender.film.spans import Meeting, Shown, Span, spans
from flatrender.film.spec import Film, Piece
from flatrender.film.transitions import motions

OnProgress = Callable[[float], None]
_SOUND_SHARE = 0.1
_NOTHING = "nothing was encoded"


@dataclass(frozen=True)
class Master:
    """A composed film before it becomes files, in a folder that is removed when `composed` ends.

    `sound`: samples, and `chain` the filters they go through. `picture`: a film without sound, and its `info`;
    None where only the sound was wanted.
    """

    frames: int
    rate: Rate
    sound: Mix
    chain: str
    picture: Path | None = None
    info: FilmInfo | None = None


@contextmanager
def composed(
    film: Film,
    folder: Path,
    *,
    window: tuple[int, int] | None = None,
    target: float | None = None,
    pictures: bool = True,
    draft: bool = False,
    on_progress: OnProgress | None = None,
    cancelled: Callable[[], bool] | None = None,
    limits: Limits | None = None,
) -> Iterator[Master]:
    """Composes the film's frames [window) in a folder of its own below `folder`.

    `target`: the loudness in LUFS to bring the sound to (None: as it is). `pictures`: False for the sound alone.
    `draft`: fast rather than fine.
    Raises InvalidInput, NotFound, BadFile (a source that cannot be read), NoSpace, ProcessFailed, Cancelled.
    """
    film = film if pictures else replace(film, lanes=())
    spec.check(film)
    first, end = window or (0, film.frames)
    if not 0 <= first < end <= film.frames:
        raise InvalidInput(f"The film has frames 0 to {film.frames - 1}; choose a range of them.", field="range")
    scratch = temporary(folder / "compose")
    try:
        scratch.mkdir(parents=True)
        tell = on_progress or (lambda fraction: None)
        work = _Work(film, scratch, draft, cancelled, limits)
        mixing_share = _SOUND_SHARE if target is None else _SOUND_SHARE / 2
        mix = mixing.mix(
            film,
            work.headers,
            (first, end),
            scratch / "mix.f32",
            on_progress=lambda fraction: tell(mixing_share * fraction),
            cancelled=cancelled,
            limits=limits,
        )
        chain = loudness.chain(
            mix,
            target,
            on_progress=lambda fraction: tell(mixing_share + (_SOUND_SHARE - mixing_share) * fraction),
            cancelled=cancelled,
        )
        tell(_SOUND_SHARE)
        if not pictures:
            yield Master(end - first, film.rate, mix, chain)
            return
        info = work.picture(spans(film, first, end), lambda done: tell(_SOUND_SHARE + (1 - _SOUND_SHARE) * done))
        yield Master(end - first, film.rate, mix, chain, work.target, info)
    except OSError as error:
        if error.errno == 28:
            raise NoSpace("The disk is full: composing stopped. Free some space and try again.") from error
        raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


class _Work:
    def __init__(
        self,
        film: Film,
        scratch: Path,
        draft: bool,
        cancelled: Callable[[], bool] | None,
        limits: Limits | None,
    ) -> None:
        self._film, self._scratch, self._cancelled, self._limits = film, scratch, cancelled, limits
        self._draft = draft and not film.alpha
        self._drawn: dict[Piece, picture.Still] = {}
        self._muxer = "mov" if film.alpha else "mp4"
        self.target = scratch / f"picture.{self._muxer}"
        self.headers = _headers(film)
        self._roams = _roaming(film)

    def picture(self, parts: list[Span], on_progress: OnProgress) -> FilmInfo:
        """The film without its sound: every span made or copied, then joined, then looked at."""
        total, done = sum(span.frames for span in parts), 0

        def tell(share: float) -> None:
            on_progress((done + share * span.frames) / total)

        copied = self._copied(parts)
        listed: list[tuple[Path, int]] = []
        for number, span in enumerate(parts):
            if number in copied:
                listed.append((copied[number], span.frames))
            else:
                made = self._scratch / f"{number}.{self._muxer}"
                self._make(span, made, tell)
                listed.append((made, span.frames))
            done += span.frames
        if len(listed) == 1:
            self.target = listed[0][0]
        else:
            listing = self._scratch / "parts.txt"
            listing.write_text(argv.concat_list(listed, self._film.rate), encoding="utf-8")
            self._run(argv.join(listing, self.target, self._film.rate, self._muxer), total, None)
        on_progress(1.0)
        info = probe_own(self.target)
        if info.frames != total:
            raise ProcessFailed(f"The film is not complete: it has {info.frames} frames instead of {total}.")
        return info

    def _copied(self, parts: list[Span]) -> dict[int, Path]:
        """The spans that are films of the very kind that would be made, so that they can be joined as they are."""
        if self._film.alpha or self._draft:
            return {}
        found: dict[int, Path] = {}
        kinds: dict[Path, FilmInfo] = {}
        for number, span in enumerate(parts):
            piece = span.whole
            if piece is None or self.headers[piece.path].width != self._film.size[0]:
                continue
            if piece.path not in kinds:
                kinds[piece.path] = (probe_own if piece.ours else probe)(piece.path)
            info = kinds[piece.path]
            right = (info.video_codec, info.pixel_format, info.width, info.height, info.frames, info.rate)
            if right == ("h264", "yuv420p", *self._film.size, span.frames, self._film.rate):
                found[number] = piece.path
        if found:
            likes = {kinds[path].parameters for path in found.values()}
            if len(found) < len(parts) or len(likes) > 1:
                sample = self._sample()
                likes = {probe_own(sample).parameters, probe(sample).parameters}  # either way of looking has its own
            found = {number: path for number, path in found.items() if kinds[path].parameters in likes}
        return found

    def _sample(self) -> Path:
        """One frame of what a span will be: what its codec's parameters are."""
        path = self._scratch / f"sample.{self._muxer}"
        self._make(Span(0, 1, ()), path, None)
        return path

    def _make(self, span: Span, target: Path, on_progress: OnProgress | None) -> None:
        for piece in _pieces(span):
            if piece.still and piece not in self._drawn:
                path = self._scratch / f"still{len(self._drawn)}.png"
                self._drawn[piece] = (path, *stills.draw(piece, self._film.size, path, self._roams.get(piece, (0, 0))))
        words = picture.span(span, self._film, self.headers, self._drawn, target, self._encoding())
        if _NOTHING in self._run(words, span.frames, on_progress):  # the source ends before the clip begins
            words = picture.span(span, self._film, self.headers, self._drawn, target, self._encoding(), grounded=False)
            self._run(words, span.frames, on_progress)

    def _encoding(self) -> list[str]:
        rate = self._film.rate
        if self._film.alpha:
            codec = [*codecs.PRORES, *codecs.ALPHA]
        else:
            codec = [*(codecs.DRAFT if self._draft else argv.H264), "-g", str(max(1, round(2 * float(rate))))]
        return [*codec, *argv.COLOR_TAGS, "-fps_mode", "passthrough", "-f", self._muxer, *argv.clock(rate)]

    def _run(self, words: list[str], frames: int, on_progress: OnProgress | None) -> str:
        return run_ffmpeg(
            words,
            doing="composing the film",
            frames=frames,
            on_progress=on_progress,
            cancelled=self._cancelled,
            limits=self._limits,
        )


def _pieces(span: Span) -> Iterator[Piece]:
    for layer in span.layers:
        for shown in (layer.old, layer.new) if isinstance(layer, Meeting) else (layer,):
            assert isinstance(shown, Shown)
            yield shown.piece


def _roaming(film: Film) -> dict[Piece, tuple[int, int]]:
    """How many frames, across and along, a transition moves a piece: what lies beside the frame is seen then."""
    found: dict[Piece, tuple[int, int]] = {}
    for lane in film.lanes:
        for old, new in pairwise(lane):
            if new.joint is None:
                continue
            moved = {name for motion in motions(new.joint.kind, new.joint.direction) for name in motion.points}
            for piece in (old, new):
                across, along = found.get(piece, (0, 0))
                found[piece] = max(across, int("x" in moved)), max(along, int("y" in moved))
    return found


def _headers(film: Film) -> dict[Path, Header]:
    """Every film and sound at a glance. Raises NotFound, BadFile, InvalidInput."""
    headers: dict[Path, Header] = {}
    for lane in film.lanes:
        for piece in lane:
            if piece.still:
                continue
            if piece.path not in headers:
                headers[piece.path] = (header.look_at_own if piece.ours else header.look)(piece.path)
            if not headers[piece.path].has_picture:
                raise InvalidInput(f"{piece.path.name} has no picture; choose another file.", field="media")
    for sound, _ in spec.heard(film.sounds):
        known = headers.setdefault(sound.path, headers.get(sound.path) or header.look(sound.path))
        if not known.channels and not sound.optional:
            raise InvalidInput(f"{sound.path.name} has no sound; choose another file.", field="media")
    return headers
