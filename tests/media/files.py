"""Pictures and sounds made on the spot."""

import io
import struct
import wave
from math import pi, sin
from pathlib import Path

from PIL import Image


def picture(path: Path, size: tuple[int, int] = (64, 40), color: object = (200, 30, 30), **save: object) -> Path:
    """A picture of one colour with a lighter top-left pixel block, so that a turn shows."""
    mode = "RGBA" if isinstance(color, tuple) and len(color) == 4 else "RGB"
    image = Image.new(mode, size, color)
    image.paste((255, 255, 255, 255) if mode == "RGBA" else (255, 255, 255), (0, 0, size[0] // 4, size[1] // 4))
    image.save(path, **save)
    return path


def tone(path: Path, seconds: float = 0.5, rate: int = 8000) -> Path:
    """A WAV file of a 440 Hz tone."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        samples = (int(12000 * sin(2 * pi * 440 * n / rate)) for n in range(int(seconds * rate)))
        out.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return path


def png_bytes(size: tuple[int, int] = (64, 40), color: tuple[int, int, int] = (10, 120, 200)) -> bytes:
    """A PNG in memory."""
    out = io.BytesIO()
    Image.new("RGB", size, color).save(out, "PNG")
    return out.getvalue()
