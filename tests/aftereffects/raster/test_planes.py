"""Pixels as Y, Cb, Cr: the values of BT.709, and frames that are like the one before."""

from pathlib import Path

import numpy as np
import pytest

from flatrender.aftereffects.raster.planes import Planes, size
from flatrender.aftereffects.raster.rasteriser import Rasteriser
from flatrender.core.timing import Rate
from flatrender.film import read
from flatrender.film.encode import Encoder, takes_planes
from tests.aftereffects.raster.test_rasteriser import moving_square

WIDTH, HEIGHT = 200, 86  # a last strip of less rows, a last column that is not full


def picture(seed: int) -> bytearray:
    return bytearray(np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 4), np.uint8).tobytes())


def converted(pixels: bytearray, before: tuple[bytearray, bytearray] | None = None) -> bytearray:
    out = bytearray(size(WIDTH, HEIGHT))
    earlier = None if before is None else (memoryview(before[0]), memoryview(before[1]))
    Planes(WIDTH, HEIGHT).convert(memoryview(pixels), memoryview(out), earlier)
    return out


def test_values_of_bt_709() -> None:
    """Against the standard's own numbers (ITU-R BT.709-6, items 3.2 to 3.5), of what four pixels have in common."""
    pixels = picture(1)
    red, green, blue = np.moveaxis(np.frombuffer(pixels, np.uint8).reshape(HEIGHT, WIDTH, 4)[..., :3] / 255.0, 2, 0)
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    planes = np.frombuffer(converted(pixels), np.uint8).astype(float)
    pixels_of = WIDTH * HEIGHT
    assert np.abs(planes[:pixels_of] - (16 + 219 * luma).ravel()).max() < 0.9
    for number, (color, scale) in enumerate(((blue, 1.8556), (red, 1.5748))):
        whole = 128 + 224 * (color - luma) / scale
        quarter = whole.reshape(HEIGHT // 2, 2, WIDTH // 2, 2).mean((1, 3)).ravel()
        begin = pixels_of + number * pixels_of // 4
        assert np.abs(planes[begin : begin + pixels_of // 4] - quarter).max() < 0.6


def test_black_white_and_grey_are_exact() -> None:
    for grey, luma in ((0, 16), (255, 235), (128, 126)):
        planes = converted(bytearray([grey, grey, grey, 255]) * (WIDTH * HEIGHT))
        assert set(planes[: WIDTH * HEIGHT]) == {luma}
        assert set(planes[WIDTH * HEIGHT :]) == {128}


@pytest.mark.parametrize(
    "changed",
    [
        (slice(0, 0), slice(0, 0)),
        (slice(0, HEIGHT), slice(0, WIDTH)),
        (slice(37, 38), slice(70, 71)),
        (slice(80, HEIGHT), slice(WIDTH - 1, WIDTH)),
        (slice(0, 50), slice(60, 130)),
    ],
    ids=["nothing", "everything", "one pixel", "the last corner", "a part"],
)
def test_what_is_like_before_is_taken_from_there(changed: tuple[slice, slice]) -> None:
    first = picture(2)
    planes = converted(first)
    second = bytearray(first)
    np.frombuffer(second, np.uint8).reshape(HEIGHT, WIDTH, 4)[changed] ^= 0x55
    assert converted(second, (first, planes)) == converted(second)
    # Really taken: what was written for the earlier one shows, where nothing has changed.
    marked = bytearray(len(planes))
    whole = changed[0] == slice(0, HEIGHT)
    assert (converted(second, (first, marked)) == converted(second)) == whole


def test_many_changes_at_once() -> None:
    """Narrow ones below one another, which are converted together, and strips that have changed all over."""
    chance = np.random.default_rng(3)
    for _ in range(40):
        first = picture(4)
        second = bytearray(first)
        pixels = np.frombuffer(second, np.uint8).reshape(HEIGHT, WIDTH, 4)
        for _ in range(chance.integers(1, 5)):
            top, left = chance.integers(0, HEIGHT), chance.integers(0, WIDTH)
            high, wide = chance.choice([1, 20, HEIGHT]), chance.choice([1, 40, WIDTH])
            pixels[top : top + high, 0 if wide == WIDTH else left : left + wide] ^= 0x55
        assert converted(second, (first, converted(first))) == converted(second)


def test_frames_are_drawn_as_planes(rasteriser: Rasteriser) -> None:
    numbers = [n % 10 for n in range(30)]
    colors = [bytes(frame) for frame in rasteriser.frames(moving_square(), 100, 50, numbers, "#102030")]
    planes = rasteriser.frames(moving_square(), 100, 50, numbers, "#102030", planar=True)
    for color, plane in zip(colors, planes, strict=True):
        out = bytearray(size(100, 50))
        Planes(100, 50).convert(memoryview(bytearray(color)), memoryview(out))
        assert bytes(plane) == out


def test_a_film_of_planes_has_the_colours_of_one_of_pixels(tmp_path: Path) -> None:
    assert takes_planes("mp4", 64, 48)
    assert not takes_planes("mp4", 63, 48)
    assert not takes_planes("mov", 64, 48)
    pixels = bytearray([200, 60, 30, 255]) * (64 * 48)
    planes = bytearray(size(64, 48))
    Planes(64, 48).convert(memoryview(pixels), memoryview(planes))
    seen = []
    for name, frame, planar in (("a.mp4", pixels, False), ("b.mp4", planes, True)):
        with Encoder(tmp_path / name, 64, 48, Rate(25), "mp4", opaque=True, planar=planar, frames=3) as encoder:
            for _ in range(3):
                encoder.write(frame)
        assert encoder.info is not None
        first = next(iter(read.frames(tmp_path / name, count=1)))
        seen.append(np.frombuffer(first, np.uint8).reshape(-1, 4)[:, :3].astype(int).mean(0))
    assert np.abs(seen[0] - seen[1]).max() < 1
    assert np.abs(seen[1] - (200, 60, 30)).max() < 3
