"""Scene films and music to one film: joined by cuts or cross-fades, H.264 and AAC, ready to play while it loads.

Scenes are encoded with the very setting of the film (`argv.H264`). Where all meet by cuts and are used whole, their
pictures are therefore copied: no loss, and only the sound takes time. One cross-fade, trimmed or foreign clip means
that the film is decoded and encoded once more, frame by frame on the film's clock.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from flatrender.core.errors import InvalidInput
from flatrender.core.process import Limits
from flatrender.core.timing import Rate
from flatrender.film import argv, cut
from flatrender.film.cut import Clip, Music
from flatrender.film.encode import discard, put_in_place, temporary
from flatrender.film.ffmpeg import run_ffmpeg
from flatrender.film.probe import Expected, FilmInfo, probe, verify

__all__ = ["Clip", "Music", "can_copy", "compose"]


def can_copy(clips: Sequence[Clip], infos: Mapping[Path, FilmInfo], rate: Rate, size: tuple[int, int]) -> bool:
    """Whether the pictures can be joined as they are: whole clips, cuts only, equal parameters of the wanted size."""
    first = infos[clips[0].path]
    if first.video_codec != "h264" or first.pixel_format != "yuv420p" or (first.width, first.height) != size:
        return False
    return all(
        clip.fade == 0
        and clip.first == 0
        and clip.frames == infos[clip.path].frames
        and infos[clip.path].rate == rate
        and infos[clip.path].parameters == first.parameters
        for clip in clips
    )


def compose(
    clips: Sequence[Clip],
    audio: Sequence[Music],
    out: Path,
    *,
    rate: Rate,
    size: tuple[int, int] | None = None,
    on_progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    limits: Limits | None = None,
) -> FilmInfo:
    """Makes the film and returns what it is (probed, complete). `out` appears only when it is.

    `rate`: the film's, in which all frames of `clips` count. `size`: width and height, even (None: the first clip's).
    Without `audio` the sound is silence. `on_progress`: fraction done; `cancelled`: asked ten times a second.
    Raises InvalidInput, BadFile (a clip or music that cannot be read), NoSpace, ProcessFailed, Cancelled.
    """
    cut.check(clips)
    infos = {path: probe(path) for path in dict.fromkeys(clip.path for clip in clips)}
    for number, clip in enumerate(clips, 1):
        info = infos[clip.path]
        if info.video_codec is None:
            raise InvalidInput(f"Scene {number} ({clip.path.name}) has no picture.")
        if info.rate == rate and info.frames < clip.first + clip.frames:
            raise InvalidInput(
                f"Scene {number} has {info.frames} frames, but {clip.first + clip.frames} are wanted; render it again."
            )
    music = []
    for piece in audio:
        sound = probe(piece.path)
        if sound.audio_codec is None:
            raise InvalidInput(f"{piece.path.name} has no sound; choose another file.", field="music")
        music.append(replace(piece, channels=sound.channels))
    first = infos[clips[0].path]
    width, height = size or (first.width + first.width % 2, first.height + first.height % 2)
    if width % 2 or height % 2:
        raise InvalidInput(f"A film of {width} by {height} cannot be made; use even numbers.", field="size")
    frames = cut.total_frames(clips)
    out.parent.mkdir(parents=True, exist_ok=True)
    made = temporary(out)
    listing = made.with_suffix(".list.tmp")
    try:
        if can_copy(clips, infos, rate, (width, height)):
            listing.write_text(argv.concat_list(clips, rate), encoding="utf-8")
            words = argv.join(listing, clips, music, made, rate)
        else:
            words = argv.compose(clips, music, made, rate, width, height)
        run_ffmpeg(
            words,
            doing="joining the scenes",
            frames=frames,
            on_progress=on_progress,
            cancelled=cancelled,
            limits=limits,
        )
        info = verify(made, Expected(frames, rate, width, height, "h264", "aac"))
        put_in_place(made, out)
    finally:
        discard(listing)
        discard(made)
    return info
