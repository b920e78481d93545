"""FFmpeg's words for the presets: which codec at which quality, in which container. Pure."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from flatrender.core.timing import Rate
from flatrender.film import argv, sounding
from flatrender.film.spec import Size

# Faster than it is fine, for a look at the whole.
DRAFT: Final = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "26", "-profile:v", "high", "-pix_fmt", "yuv420p")
PRORES: Final = ("-c:v", "prores_ks", "-profile:v", "4444", "-vendor", "apl0")
ALPHA: Final = ("-alpha_bits", "16")
# Apple's players want this tag. The quality was chosen by x265's own scale, not measured against x264's.
_H265: Final = ("-c:v", "libx265", "-preset", "fast", "-crf", "22", "-tag:v", "hvc1", "-x265-params", "log-level=error")
_VP9: Final = ("-c:v", "libvpx-vp9", "-crf", "24", "-b:v", "0", "-deadline", "good", "-cpu-used", "4", "-row-mt", "1")

_SOUND: Final[dict[str, tuple[str, ...]]] = {
    "mp4": argv.AAC,
    "h265": argv.AAC,
    "webm": ("-c:a", "libopus", "-b:a", "160k"),
    "prores": ("-c:a", "pcm_s16le"),
    "m4a": (*argv.AAC, "-f", "ipod", "-movflags", "+faststart"),
    "wav": ("-c:a", "pcm_s16le", "-f", "wav", "-rf64", "auto"),
    "mp3": ("-c:a", "libmp3lame", "-b:a", "192k", "-f", "mp3"),
}


def film(
    picture: Path,
    mix: Path,
    chain: str,
    preset: str,
    size: Size | None,
    rate: Rate,
    target: Path,
    *,
    draft: bool = False,
    alpha: bool = False,
) -> list[str]:
    """The picture and the sound in one file. `size`: None copies the picture as it is."""
    words = [*argv.BASE, *argv.PROGRESS, "-i", argv.file(picture), *sounding.mixed(mix)]
    words += ["-map", "0:v:0", "-map", "1:a:0", *(("-af", chain) if chain else ()), *_SOUND[preset]]
    if size is None:
        words += ["-c:v", "copy", *(("-tag:v", "hvc1") if preset == "h265" else ())]
    else:
        kind = {"prores": "yuva444p10le" if alpha else "yuv444p10le"}.get(preset, "yuv420p")
        words += ["-vf", f"{scaled(size)},format={kind}", *_codec(preset, draft, alpha), *argv.COLOR_TAGS]
        words += ["-g", str(max(1, round(2 * float(rate))))] if preset != "prores" else []
        words += ["-fps_mode", "passthrough"]
    if preset == "webm":
        return [*words, "-f", "webm", argv.file(target)]
    return [*words, "-f", "mov" if preset == "prores" else "mp4", *argv.clock(rate), argv.file(target)]


def _codec(preset: str, draft: bool, alpha: bool) -> Sequence[str]:
    if preset == "prores":
        return (*PRORES, *(ALPHA if alpha else ()))
    return {"h265": _H265, "webm": _VP9}.get(preset, DRAFT if draft else argv.H264)


def sound(mix: Path, chain: str, preset: str, target: Path) -> list[str]:
    """The sound alone."""
    steps = ["-af", chain] if chain else []
    return [*argv.BASE, *argv.PROGRESS, *sounding.mixed(mix), *steps, *_SOUND[preset], argv.file(target)]


def pictures(picture: Path, size: Size, folder: Path, *, alpha: bool) -> list[str]:
    """Every frame as a PNG file, numbered from 1."""
    pattern = str(folder.absolute()).replace("%", "%%") + "/%06d.png"
    steps = f"{scaled(size)},format={'rgba' if alpha else 'rgb24'}"
    return [
        *(*argv.BASE, *argv.PROGRESS, "-i", argv.file(picture), "-map", "0:v:0", "-vf", steps),
        *("-fps_mode", "passthrough", "-c:v", "png", "-compression_level", "4", "-f", "image2", f"file:{pattern}"),
    ]


def scaled(size: Size) -> str:
    """Scaled where it must be; `scale` passes a picture of that size on as it is."""
    return f"scale={size[0]}:{size[1]}:flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"
