"""Rational time: whole frames over a rational rate, never float seconds."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Rate:
    """Frames per second as a fraction: Rate(30000, 1001) is 29.97."""

    num: int
    den: int = 1

    def __post_init__(self) -> None:
        if self.num <= 0 or self.den <= 0:
            raise ValueError(f"a frame rate is positive, not {self.num}/{self.den}")

    @property
    def fraction(self) -> Fraction:
        return Fraction(self.num, self.den)

    def __float__(self) -> float:
        return self.num / self.den

    def seconds(self, frames: int | Fraction) -> Fraction:
        """The time that `frames` frames take, in seconds."""
        return Fraction(frames * self.den) / self.num

    def frames(self, seconds: Fraction | float) -> int:
        """The whole frames nearest to a time in seconds."""
        return round(Fraction(seconds) * self.num / self.den)

    @classmethod
    def from_float(cls, rate: float) -> "Rate":
        """The usual rational rate behind a float: 29.97 is 30000/1001, 23.976 is 24000/1001."""
        nearest = round(rate)
        if nearest and abs(rate - nearest) < 1e-4:
            return cls(nearest)
        ntsc = Fraction(round(rate * 1.001) * 1000, 1001)
        if abs(float(ntsc) - rate) < 2e-3:
            return cls(ntsc.numerator, ntsc.denominator)
        exact = Fraction(rate).limit_denominator(10_000)
        return cls(exact.numerator, exact.denominator)


def convert_frames(frames: int, source: Rate, target: Rate) -> int:
    """Frames at one rate as the nearest whole frames at another."""
    return round(frames * target.fraction / source.fraction)


def timecode(frames: int, rate: Rate) -> str:
    """`HH:MM:SS:FF`, non-drop (SMPTE ST 12-1)."""
    base = round(float(rate))
    seconds, frame = divmod(max(0, frames), base)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{frame:02d}"
