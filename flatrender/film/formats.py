"""The kinds of film that can be asked for, and what each can hold."""

from dataclasses import dataclass

from flatrender.core.errors import InvalidInput


@dataclass(frozen=True)
class Format:
    """`codec`: the picture's codec as a probe names it. `alpha`: can carry transparency. `even`: needs even sizes.
    `sound`: the preset whose sound it has; None where it cannot sound or its sound comes later.
    """

    name: str
    suffix: str
    muxer: str
    codec: str
    alpha: bool
    even: bool
    sound: str | None = None


FORMATS = {
    "mp4": Format("mp4", ".mp4", "mp4", "h264", alpha=False, even=True, sound="mp4"),
    # What scenes are rendered to before they are joined: see `argv.H264`.
    "scene": Format("scene", ".mp4", "mp4", "h264", alpha=False, even=True),
    "webm": Format("webm", ".webm", "webm", "vp9", alpha=True, even=True, sound="webm"),
    "mov": Format("mov", ".mov", "mov", "prores", alpha=True, even=False, sound="prores"),
    "gif": Format("gif", ".gif", "gif", "gif", alpha=True, even=False),
    "png": Format("png", "", "image2", "png", alpha=True, even=False),
}
# What a person may choose.
CHOICES = ("mp4", "webm", "mov", "gif", "png")


def find(name: str) -> Format:
    """The format of that name, or InvalidInput naming those there are."""
    if name not in FORMATS:
        raise InvalidInput(f"There is no format “{name}”; choose {', '.join(CHOICES)}.", field="format")
    return FORMATS[name]
