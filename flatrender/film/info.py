"""What is known of a film, a sound or a picture, whoever looked."""

from dataclasses import dataclass
from fractions import Fraction

from flatrender.core.timing import Rate


@dataclass(frozen=True)
class FilmInfo:
    """A film, sound or picture as a reader sees it.

    `duration`: seconds, of the picture where there is one, else of the sound. `frames`: exactly counted. `width`,
    `height`: as shown, so a phone's quarter turn is already applied. `rate`: frames per second (1/1 without a picture).
    `has_alpha`: the pixels carry transparency. `parameters`: equal for two films that can be joined without encoding.
    `variable_rate`: frames last unequally long. `stated`: the seconds that the file says it lasts, 0 where it says
    none; one that was cut off lasts less. `streams`: how many it holds. `step`: the longest time of which every frame
    lasts a whole number, in seconds; 0 where it is not known.
    """

    duration: float
    frames: int
    width: int
    height: int
    rate: Rate
    video_codec: str | None
    audio_codec: str | None
    pixel_format: str | None
    has_alpha: bool
    audio_duration: float = 0.0
    sample_rate: int = 0
    channels: int = 0
    parameters: str = ""
    variable_rate: bool = False
    stated: float = 0.0
    streams: int = 1
    step: Fraction = Fraction(0)
