"""The festival's photographs: dunes as a height field that rays walk over, under a low sun or a moon."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image

from flatrender.templates.demos.art import Field, color, grain, grid, image, ramp, smooth


@dataclass(frozen=True)
class Weather:
    """The light of one hour: sky from zenith to horizon, sun and haze, sand in light and in shadow."""

    sky: tuple[str, ...]
    sun: str
    haze: str
    lit: str
    shadow: str
    azimuth: float
    sun_height: float
    stars: bool = False


DUSK = Weather(("#2A1E55", "#7A3A78", "#E0625A", "#FFB06B"), "#FFE7B8", "#F28A63", "#F5995F", "#3B1F4E", 0.16, 0.115)
NIGHT = Weather(
    ("#060B22", "#0E1E46", "#234A78", "#5E8FA8"), "#F4F1DC", "#3A6A90", "#7FA3B8", "#0B1533", -0.12, 0.27, stars=True
)


def _height(x: Field, z: Field) -> Field:
    """Sand above the plain at ``x`` to the side and ``z`` ahead: crests with a gentle and a steep flank."""
    bend = 0.55 * np.sin(z * 0.42 + 0.6) + 0.28 * np.sin(x * 0.5 + z * 0.16)
    u = x * 0.34 + z * 0.5 + bend + 0.9
    phase = u - np.floor(u)
    flank = np.where(phase < 0.7, phase / 0.7, (1 - phase) / 0.3)
    crest = flank * flank * (3 - 2 * flank) * 0.4 + flank * 0.6
    strength = 0.55 + 0.45 * np.sin(x * 0.31 + np.floor(u) * 2.1)
    v = x * -0.21 + z * 0.23 + 0.4 * np.sin(z * 0.3)
    swell = 0.5 + 0.5 * np.sin(v * 3.4)
    return np.asarray(crest * 0.62 * strength + swell * 0.5 + 0.02 * np.sin(x * 3 + z * 2), np.float32)


@cache
def dunes(width: int, height: int, weather: Weather = DUSK, seed: int = 5) -> Image.Image:
    """A photograph of dunes, rendered a fifth larger and reduced."""
    w, h = round(width * 1.2), round(height * 1.2)
    px, py = grid(w, h)
    horizon = 0.56 * h
    u = (px - w / 2) / h
    v = (horizon - py) / h
    sun_u, sun_v = weather.azimuth, weather.sun_height
    sky = ramp([(i / (len(weather.sky) - 1), c) for i, c in enumerate(weather.sky)], np.clip(1 - v / 0.56, 0, 1))
    away = np.hypot(u - sun_u, v - sun_v)
    sky = sky + np.exp(-away * 6.5)[..., None] * color(weather.haze) * 0.55
    if weather.stars:
        random = np.random.default_rng(seed)
        spark = np.where(random.random((h, w)) > 0.9991, random.random((h, w)) ** 2 * 2.4, 0) * np.clip(v * 3, 0, 1)
        sky = sky + spark[..., None]
    disc = smooth(0.0738, 0.071, away)[..., None]
    sky = sky + (color(weather.sun) - sky) * disc

    eye, t = np.float32(1.72), np.full((h, w), 0.9, np.float32)
    dx, dy = u * 1.15, v * 1.15
    flat_t = t.reshape(-1)
    fx, fy = dx.reshape(-1), dy.reshape(-1)
    live = np.flatnonzero(fy < 0.02)
    hit = np.zeros(h * w, bool)
    for _ in range(170):
        way = flat_t[live]
        over = eye + fy[live] * way - _height(fx[live] * way, way + 3.0)
        done = over < 0.002 * way
        hit[live[done]] = True
        flat_t[live] += np.where(done, 0, np.maximum(over * 0.45, 0.005 * way))
        live = live[~done & (flat_t[live] < 60)]
        if not len(live):
            break
    hit_index = np.flatnonzero(hit)
    way = flat_t[hit_index]
    x, z = fx[hit_index] * way, way + 3.0
    e = 0.012 + 0.004 * way
    here = _height(x, z)
    gx, gz = (_height(x + e, z) - here) / e, (_height(x, z + e) - here) / e
    length = np.sqrt(gx * gx + gz * gz + 1)
    sun = np.array([weather.azimuth * 2.6 + 0.75, 0.42, 0.5], np.float32)
    sun /= np.linalg.norm(sun)
    facing = (-gx * sun[0] + sun[1] - gz * sun[2]) / length
    light = smooth(-0.05, 0.6, np.asarray(facing, np.float32))
    # A short walk towards the sun: crests throw their shadow on the sand behind them.
    shade = np.ones_like(light)
    for step in (0.15, 0.35, 0.6, 1.0, 1.5, 2.2):
        top = _height(x + sun[0] * step, z + sun[2] * step)
        shade = np.minimum(shade, np.clip(0.5 + (here + sun[1] * step + 0.03 - top) * 5, 0, 1))
    light = light * shade
    ripple = 0.5 + 0.5 * np.sin(x * 26 + z * 31 + 3 * np.sin(x * 2.2 + z) + 1.5 * np.sin(z * 5))
    light = light * (0.9 + 0.16 * ripple * np.clip(1.4 - way / 7, 0, 1))
    sand = color(weather.shadow) + (color(weather.lit) - color(weather.shadow)) * light[:, None]
    sand = sand * (0.92 + 0.08 * np.clip(way / 9, 0, 1))[:, None]
    fog = 1 - np.exp(-np.maximum(way - 2.5, 0) * 0.13)
    sand = sand + (color(weather.haze) - sand) * fog[:, None] * 0.92
    picture = np.ascontiguousarray(sky.reshape(-1, 3), np.float32)
    picture[hit_index] = sand
    full = image(picture.reshape(h, w, 3)).resize((width, height), Image.Resampling.LANCZOS)
    rough = np.asarray(full, np.float32) / 255
    edge_u, edge_v = grid(width, height)
    vignette = 1 - 0.28 * smooth(0.35, 0.9, np.hypot(edge_u / width - 0.5, edge_v / height - 0.5))
    return image(grain(rough * vignette[..., None], 0.016, seed))
