"""What a film can be exported as: a table of kinds, another of sizes, and what each costs. Pure."""

from dataclasses import dataclass
from typing import Final, Literal

from flatrender.core.errors import InvalidInput
from flatrender.core.timing import Rate
from flatrender.film.spec import Size


@dataclass(frozen=True)
class Preset:
    """A kind of file.

    `video`, `audio`: codecs as a probe names them, None where there is none. `alpha`: keeps transparency.
    `bytes_per_pixel`: the mean over the middle hundred frames of five demos (28 November 2026), of which the calmest
    took a sixth or less and the liveliest twice as much; pictures of a camera take several times as much.
    `seconds_per_megapixel`: what 40 frames of a demo at 1080p took on two idle cores (27 November 2026); a GIF is read
    twice, for its colours and for its pictures.
    """

    name: str
    suffix: str
    content_type: str
    video: str | None
    audio: str | None
    alpha: bool = False
    bytes_per_pixel: float = 0.0
    seconds_per_megapixel: float = 0.0
    audio_bytes_per_second: int = 24_000


PRESETS: Final = {
    preset.name: preset
    for preset in (
        Preset("mp4", ".mp4", "video/mp4", "h264", "aac", False, 0.004, 0.02),
        Preset("h265", ".mp4", "video/mp4", "hevc", "aac", False, 0.0015, 0.026),
        Preset("webm", ".webm", "video/webm", "vp9", "opus", False, 0.0026, 0.037, 16_000),
        Preset("gif", ".gif", "image/gif", "gif", None, False, 0.07, 0.08, 0),
        Preset("prores", ".mov", "video/quicktime", "prores", "pcm_s16le", True, 0.31, 0.05, 192_000),
        Preset("png", ".zip", "application/zip", "png", None, True, 0.37, 0.02, 0),
        Preset("m4a", ".m4a", "audio/mp4", None, "aac"),
        Preset("wav", ".wav", "audio/wav", None, "pcm_s16le", audio_bytes_per_second=192_000),
        Preset("mp3", ".mp3", "audio/mpeg", None, "mp3"),
    )
}
SIZES: Final = {"draft": 540, "720": 720, "1080": 1080, "source": None}
"""The shorter side in pixels. Scenes are drawn at the size wanted, so a larger one than the project's is no blur."""
ASPECTS: Final = {"16:9": (16, 9), "9:16": (9, 16), "1:1": (1, 1), "4:5": (4, 5)}
LOUDNESS: Final = -14.0
"""LUFS, where a film is to be normalised."""

SizeName = Literal["draft", "720", "1080", "source"]


def find(name: str) -> Preset:
    """The preset of that name, or InvalidInput naming those there are."""
    if name not in PRESETS:
        raise InvalidInput(f"A film cannot be exported as {name!r}; use {', '.join(PRESETS)}.", field="format")
    return PRESETS[name]


def size_of(document: Size, name: str, aspect: str | None = None) -> Size:
    """Width and height, even, of a document's film in the size and the aspect of those names. Raises InvalidInput."""
    if name not in SIZES:
        raise InvalidInput(f"There is no size {name!r}; use {', '.join(SIZES)}.", field="size")
    width, height = document
    if aspect is not None:
        if aspect not in ASPECTS:
            raise InvalidInput(f"There is no aspect {aspect!r}; use {', '.join(ASPECTS)}.", field="aspect")
        across, along = ASPECTS[aspect]
        short = min(width, height)
        width, height = short * across // min(across, along), short * along // min(across, along)
    short, wanted = min(width, height), SIZES[name]
    if wanted is not None and name == "draft":
        wanted = min(wanted, short)
    if wanted is not None:
        width, height = round(width * wanted / short), round(height * wanted / short)
    return width + width % 2, height + height % 2


def estimate_bytes(preset: Preset, size: Size, frames: int, rate: Rate) -> int:
    """About how large the file will be."""
    picture = preset.bytes_per_pixel * size[0] * size[1] * frames
    return round(picture + preset.audio_bytes_per_second * float(rate.seconds(frames)))


def estimate_seconds(preset: Preset, size: Size, frames: int) -> float:
    """About how long the composed film takes to become this file."""
    return 0.3 + preset.seconds_per_megapixel * size[0] * size[1] / 1e6 * frames
