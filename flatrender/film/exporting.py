"""A composed film as files: each preset from the one picture and the one sound, encoded, checked, put in place."""

import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from flatrender.core.errors import ProcessFailed
from flatrender.core.process import Limits
from flatrender.film import argv, codecs
from flatrender.film.compose import Master
from flatrender.film.encode import discard, put_in_place, temporary
from flatrender.film.ffmpeg import run_ffmpeg
from flatrender.film.presets import Preset
from flatrender.film.probe import Expected, FilmInfo, probe, verify
from flatrender.film.spec import Size

OnProgress = Callable[[float], None]
# GIF's clock ticks in hundredths of a second, and players slow down above this many pictures a second.
FASTEST_GIF = 50
_PALETTE = 0.3  # of the work on a GIF


@dataclass(frozen=True)
class _Run:
    on_progress: OnProgress | None
    cancelled: Callable[[], bool] | None
    limits: Limits | None

    def part(self, start: float, end: float) -> "_Run":
        """One of several runs: its progress is that of the part from `start` to `end`."""
        tell = self.on_progress
        return self if tell is None else replace(self, on_progress=lambda done: tell(start + (end - start) * done))

    def __call__(self, words: list[str], frames: int | None = None, *, seconds: float | None = None) -> None:
        run_ffmpeg(
            words,
            doing="exporting the film",
            frames=frames,
            seconds=seconds,
            on_progress=self.on_progress,
            cancelled=self.cancelled,
            limits=self.limits,
        )


def write(
    master: Master,
    preset: Preset,
    size: Size,
    out: Path,
    *,
    draft: bool = False,
    on_progress: OnProgress | None = None,
    cancelled: Callable[[], bool] | None = None,
    limits: Limits | None = None,
) -> FilmInfo:
    """Writes the file and returns what it is (probed, complete). `out` appears only when it is.

    A film that keeps no transparency in its composition has none in any file. Raises NoSpace, ProcessFailed, Cancelled.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    made = temporary(out)
    run = _Run(on_progress, cancelled, limits)
    try:
        if preset.video is None:
            info = _sound(master, preset, made, run)
        elif master.picture is None or master.info is None:
            raise ValueError("a film composed without pictures becomes sounds alone")
        elif preset.name == "gif":
            info = _gif(master, master.picture, size, made, run)
        elif preset.name == "png":
            info = _pictures(master, master.picture, size, made, run)
        else:
            alpha = master.info.has_alpha
            copied = size == (master.info.width, master.info.height) and preset.video == master.info.video_codec
            run(
                codecs.film(
                    master.picture,
                    master.sound.path,
                    master.chain,
                    preset.name,
                    None if copied else size,
                    master.rate,
                    made,
                    draft=draft,
                    alpha=alpha,
                ),
                master.frames,
            )
            kept = alpha if preset.alpha else None
            info = verify(made, Expected(master.frames, master.rate, *size, preset.video, preset.audio, kept))
        put_in_place(made, out)
    finally:
        discard(made)
    return info


def _sound(master: Master, preset: Preset, made: Path, run: _Run) -> FilmInfo:
    wanted = float(master.rate.seconds(master.frames))
    run(codecs.sound(master.sound.path, master.chain, preset.name, made), seconds=wanted)
    info = probe(made)
    if info.audio_codec != preset.audio or abs(info.audio_duration - wanted) > 0.1:
        raise ProcessFailed(f"The sound is not complete: it lasts {info.audio_duration:.2f} seconds, not {wanted:.2f}.")
    return info


def _gif(master: Master, picture: Path, size: Size, made: Path, run: _Run) -> FilmInfo:
    palette = made.with_suffix(".palette.tmp")
    try:
        run.part(0.0, _PALETTE)(argv.gif_palette(picture, palette, size), master.frames)
        run.part(_PALETTE, 1.0)(argv.gif(picture, palette, made, master.rate, size), master.frames)
    finally:
        discard(palette)
    slow = float(master.rate) > FASTEST_GIF
    return verify(made, Expected(None if slow else master.frames, None, *size, "gif"))


def _pictures(master: Master, film: Path, size: Size, made: Path, run: _Run) -> FilmInfo:
    """A ZIP of numbered PNG files. They are compressed already: stored, not compressed again."""
    folder = made.with_suffix(".pictures.tmp")
    folder.mkdir()
    try:
        run(codecs.pictures(film, size, folder, alpha=master.info is not None and master.info.has_alpha), master.frames)
        info = verify(folder, Expected(master.frames, None, *size, "png"))
        with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
            for picture in sorted(folder.iterdir()):
                archive.write(picture, picture.name)
                picture.unlink()  # the disk never holds them all twice
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return replace(info, rate=master.rate, duration=float(master.rate.seconds(master.frames)))
