"""Pictures drawn with NumPy: signed distances, soft light, noise, grain.

Pictures are float32 from 0 to 1, height × width × 3 or 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Field = NDArray[np.floating[Any]]


def color(code: str) -> Field:
    """``#RRGGBB`` as three floats."""
    return np.array([int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)], np.float32)


def grid(width: int, height: int) -> tuple[Field, Field]:
    """Pixel centres as x and y arrays of height × width, in pixels."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return x + 0.5, y + 0.5


def mix(a: Field, b: Field, amount: Field) -> Field:
    """Blend two colours or pictures by an amount per pixel (height × width)."""
    return np.asarray(a + (b - a) * amount[..., None], np.float32)


def smooth(low: float, high: float, x: Field) -> Field:
    """The smooth step from ``low`` to ``high`` (also downwards)."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def ramp(stops: Sequence[tuple[float, str]], t: Field) -> Field:
    """A gradient of ``(offset, #RRGGBB)`` stops at ``t``."""
    offsets = [stop[0] for stop in stops]
    codes = np.stack([color(stop[1]) for stop in stops])
    return np.stack([np.interp(t, offsets, codes[:, c]) for c in range(3)], -1).astype(np.float32)


def cover(distance: Field, soft: float = 1.0) -> Field:
    """Coverage of a signed distance in pixels: 1 inside, 0 outside, ``soft`` pixels between."""
    return np.asarray(np.clip(0.5 - distance / soft, 0, 1), np.float32)


def disc(x: Field, y: Field, cx: float, cy: float, radius: float) -> Field:
    """Signed distance to a circle."""
    return np.asarray(np.hypot(x - cx, y - cy) - radius, np.float32)


def box(x: Field, y: Field, middle: tuple[float, float], size: tuple[float, float], radius: float = 0) -> Field:
    """Signed distance to a rounded rectangle."""
    dx, dy = np.abs(x - middle[0]) - size[0] / 2 + radius, np.abs(y - middle[1]) - size[1] / 2 + radius
    outside = np.hypot(np.maximum(dx, 0), np.maximum(dy, 0))
    return np.asarray(outside + np.minimum(np.maximum(dx, dy), 0) - radius, np.float32)


def polygon(x: Field, y: Field, points: Sequence[tuple[float, float]]) -> Field:
    """Signed distance to a polygon."""
    distance = np.full(x.shape, 1e9, np.float32)
    inside = np.zeros(x.shape, bool)
    for (ax, ay), (bx, by) in zip(points, [*points[1:], points[0]], strict=True):
        ex, ey, wx, wy = bx - ax, by - ay, x - ax, y - ay
        t = np.clip((wx * ex + wy * ey) / (ex * ex + ey * ey), 0, 1)
        distance = np.minimum(distance, np.hypot(wx - ex * t, wy - ey * t))
        crosses = (ay > y) != (by > y)
        with np.errstate(divide="ignore", invalid="ignore"):
            inside ^= crosses & (x < ex * (y - ay) / (ey if ey else 1e-6) + ax)
    return np.where(inside, -distance, distance).astype(np.float32)


def noise(shape: tuple[int, int], cells: float, seed: int) -> Field:
    """Smooth value noise from 0 to 1 with ``cells`` cells along the width."""
    height, width = shape
    random = np.random.default_rng(seed)
    rows = max(2, round(cells * height / width)) + 2
    lattice = random.random((rows, int(cells) + 3), np.float32)
    picture = Image.fromarray(lattice).resize((width, height), Image.Resampling.BICUBIC)
    return np.clip(np.asarray(picture, np.float32), 0, 1)


def clouds(shape: tuple[int, int], cells: float, seed: int, octaves: int = 4) -> Field:
    """Fractal noise from 0 to 1."""
    total, weight, sum_of_weights = np.zeros(shape, np.float32), 1.0, 0.0
    for octave in range(octaves):
        total += weight * noise(shape, cells * 2**octave, seed + octave)
        sum_of_weights += weight
        weight *= 0.5
    return total / np.float32(sum_of_weights)


def grain(picture: Field, amount: float, seed: int) -> Field:
    """Film grain on a picture, stronger in its middle tones."""
    random = np.random.default_rng(seed)
    speck = random.standard_normal(picture.shape[:2], np.float32)[..., None] * np.float32(amount)
    rgb = picture[..., :3]
    rgb = np.clip(rgb + speck * (1 - np.abs(rgb - 0.5)), 0, 1)
    return np.concatenate([rgb, picture[..., 3:]], -1) if picture.shape[2] == 4 else rgb


def blur(mask: Field, radius: float) -> Field:
    """A fast soft blur of a mask: shrunk, then enlarged smoothly."""
    height, width = mask.shape
    step = max(1.0, radius / 2)
    small = (max(2, round(width / step)), max(2, round(height / step)))
    picture = Image.fromarray(mask).resize(small, Image.Resampling.BOX)
    picture = picture.resize((width, height), Image.Resampling.BICUBIC)
    return np.clip(np.asarray(picture, np.float32), 0, 1)


def image(picture: Field) -> Image.Image:
    """A float picture as a Pillow image (RGB or RGBA by its depth)."""
    return Image.fromarray((np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8))


def layered(base: Field, paint: Field | str, mask: Field) -> Field:
    """Lay a colour or picture over ``base`` where ``mask`` says."""
    return mix(base, color(paint) if isinstance(paint, str) else paint, mask)


def cut_out(paint: Field, mask: Field) -> Field:
    """A picture with ``mask`` as its alpha."""
    return np.concatenate([paint[..., :3], mask[..., None]], -1).astype(np.float32)


def northway_mark(size: int = 512) -> Image.Image:
    """The lower third's logo: a compass needle on nothing, dark and light half, so that any disc can lie below."""
    x, y = grid(size, size)
    s = size / 512
    mid = 256 * s
    angle = np.deg2rad(32)
    u = (x - mid) * np.cos(angle) + (y - mid) * np.sin(angle)
    v = -(x - mid) * np.sin(angle) + (y - mid) * np.cos(angle)
    north = polygon(u, v, [(0, -204 * s), (80 * s, 0), (-80 * s, 0)])
    south = polygon(u, v, [(0, 204 * s), (-80 * s, 0), (80 * s, 0)])
    hub = disc(u, v, 0, 0, 30 * s)
    left = (u < 0).astype(np.float32)
    dark, ink = color("#14142B"), color("#2A2850")
    paper, shade = color("#FFFFFF"), color("#E4E2F4")
    up = mix(np.broadcast_to(dark, (size, size, 3)), ink, 1 - left)
    down = mix(np.broadcast_to(shade, (size, size, 3)), paper, left)
    body = mix(up, down, cover(south, 1.5 * s))
    body = layered(body, "#FFFFFF", cover(hub, 1.5 * s))
    alpha = np.maximum(np.maximum(cover(north - 5 * s, 1.5 * s), cover(south - 5 * s, 1.5 * s)), cover(hub, 1.5 * s))
    return image(cut_out(body, alpha))


def aurel_mark(size: int = 512) -> Image.Image:
    """The promo's logo: three arcs of sound around a dot, paper coloured on nothing."""
    x, y = grid(size, size)
    s = size / 512
    mid = 256 * s
    alpha = cover(disc(x, y, mid, mid, 46 * s), 1.5 * s)
    for radius, turn in ((104, 0.0), (168, 2.1), (232, 4.2)):
        band = np.abs(np.hypot(x - mid, y - mid) - radius * s) - 15 * s
        angle = np.arctan2(y - mid, x - mid) - turn
        gap = np.abs((angle + np.pi) % (2 * np.pi) - np.pi) * radius * s  # a cut, as wide on every arc
        alpha = np.maximum(alpha, cover(np.maximum(band, 46 * s - gap), 1.5 * s))
    paper = np.broadcast_to(color("#FFF8EC"), (size, size, 3))
    return image(cut_out(np.asarray(paper, np.float32), alpha))


def festival_mark(size: int = 512) -> Image.Image:
    """The festival's logo: an eight-pointed star around a sun, as tile makers cut it."""
    x, y = grid(size, size)
    s = size / 512
    mid = 256 * s
    u, v = np.abs(x - mid), np.abs(y - mid)
    square = np.maximum(u, v) - 166 * s
    diamond = (u + v) / np.sqrt(2) - 166 * s
    star = np.minimum(square, diamond)
    gap = np.abs(star + 30 * s) - 7 * s
    hub = disc(x, y, mid, mid, 74 * s)
    turn = np.arctan2(y - mid, x - mid)
    around = np.hypot(x - mid, y - mid)
    rays = np.maximum(np.abs(around - 104 * s) - 13 * s, np.abs(np.sin(turn * 4)) * 100 * s - 26 * s)
    alpha = cover(star, 1.5 * s) * (1 - cover(gap, 1.5 * s)) * (1 - cover(star + 37 * s, 1.5 * s))
    body = np.broadcast_to(color("#FFF6E8"), (size, size, 3))
    body = layered(np.asarray(body, np.float32), "#FFB54A", cover(hub, 1.5 * s))
    alpha = np.maximum(alpha, np.maximum(cover(hub, 1.5 * s), cover(rays, 1.5 * s)))
    return image(cut_out(body, alpha))
