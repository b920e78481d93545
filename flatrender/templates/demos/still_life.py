"""The new year's table: sprouts in a bowl with a ribbon, painted eggs and an apple, traced in warm light."""

from __future__ import annotations

from functools import cache

import numpy as np
from PIL import Image

from flatrender.templates.demos.art import Field, clouds, color, grain, image, smooth
from flatrender.templates.demos.tracing import blend, capsule, ellipsoid, normals, shadow, trace, vector, view

BOWL, BLADES, RIBBON, EGG_A, EGG_B, EGG_C, APPLE, STALK = range(8)
COLORS = ("#F3E7D2", "#6FA63C", "#C8342B", "#E9B44C", "#2F8F86", "#D9572F", "#B9241F", "#5A3A22")
KEY = vector(-0.62, 0.66, 0.52)
EGGS = ((-0.98, -0.62, 0.62), (-0.46, -0.66, 1.02), (1.16, -0.66, 0.86))
FLOOR = -0.95


def _blades(p: Field) -> Field:
    """A tuft of sprouts: one leaning blade per cell of a fine grid inside the bowl."""
    cell = np.float32(0.066)
    column, row = np.round(p[:, 0] / cell), np.round(p[:, 2] / cell)
    chance = np.abs(np.sin(column * 12.9898 + row * 78.233) * 43758.5453) % 1
    turn = chance * 6.28
    lean = 0.05 + 0.16 * ((chance * 7) % 1)
    base_x, base_z = column * cell, row * cell
    rise = np.clip((p[:, 1] + 0.28) / 0.95, 0, 1.2)
    out = np.hypot(base_x, base_z)
    x = p[:, 0] - base_x - (np.cos(turn) * lean + base_x * 0.28) * rise * rise
    z = p[:, 2] - base_z - (np.sin(turn) * lean + base_z * 0.28) * rise * rise
    tall = 0.58 + 0.3 * ((chance * 3) % 1) - 0.5 * np.maximum(out - 0.3, 0)
    thick = 0.022 * np.clip(1.1 - rise * 0.95 / np.maximum(tall, 0.1), 0.1, 1)
    side = np.hypot(x, z) - thick
    inside = np.maximum(p[:, 1] - tall, out - 0.52)
    return np.asarray(np.maximum(np.maximum(side, inside), -0.35 - p[:, 1]) * 0.55, np.float32)


def _parts(p: Field) -> list[Field]:
    """Distances to bowl, blades, ribbon, eggs, apple and stalk."""
    around = np.hypot(p[:, 0], p[:, 2])
    shell = ellipsoid(p, (0, -0.28, 0), (0.74, 0.62, 0.74))
    bowl = np.maximum(np.abs(shell) - 0.03, p[:, 1] + 0.27)
    foot = np.maximum(np.abs(p[:, 1] + 0.9) - 0.05, around - 0.34) - 0.01
    bowl = blend(np.asarray(bowl, np.float32), np.asarray(foot, np.float32), 0.08)
    band = np.maximum(np.abs(around - 0.54) - 0.014, np.abs(p[:, 1] + 0.13) - 0.06) - 0.012
    knot = ellipsoid(p, (0.0, -0.13, 0.57), (0.08, 0.07, 0.07))
    left = ellipsoid(p, (-0.17, -0.06, 0.55), (0.15, 0.1, 0.06))
    right = ellipsoid(p, (0.17, -0.06, 0.55), (0.15, 0.1, 0.06))
    ribbon = np.minimum(np.minimum(band, knot), np.minimum(left, right))
    eggs = [
        ellipsoid(p, EGGS[0], (0.24, 0.33, 0.24)),
        ellipsoid(p, EGGS[1], (0.27, 0.27, 0.24)),
        ellipsoid(p, EGGS[2], (0.24, 0.29, 0.24)),
    ]
    ax, az = p[:, 0] - 0.72, p[:, 2] - 1.1
    ring = np.hypot(ax, az)
    apple = np.hypot(ring - 0.12, (p[:, 1] + 0.64) * 1.02) - 0.235
    stalk = capsule(p, (0.72, -0.52, 1.1), (0.77, -0.27, 1.12), 0.018)
    return [bowl, _blades(p), ribbon, *eggs, np.asarray(apple, np.float32), stalk]


def _distance(p: Field) -> Field:
    parts = _parts(p)
    out = parts[0]
    for part in parts[1:]:
        out = np.minimum(out, part)
    return np.asarray(out * 0.92, np.float32)


def _paint(p: Field, material: Field) -> Field:
    """The colour of every point; eggs carry bands and dots."""
    base = np.stack([color(c) for c in COLORS])[material.astype(int)]
    tip = np.clip((p[:, 1] + 0.3) / 0.9, 0, 1)[:, None]
    base = np.where((material == BLADES)[:, None], color("#3F7A2A") + (color("#B9D65A") - color("#3F7A2A")) * tip, base)
    for index, center in enumerate(EGGS):
        mine = material == EGG_A + index
        q = p - np.array(center, np.float32)
        wave = q[:, 1] + 0.028 * np.sin(np.arctan2(q[:, 2], q[:, 0]) * 9)
        stripes = smooth(0.2, 0.35, np.abs(np.sin(wave * 24))) * (np.abs(q[:, 1]) < 0.19)
        light = color(("#C8342B", "#FFF3DC", "#FFD98A")[index])
        base = np.where((mine & (stripes < 0.5) & (np.abs(q[:, 1]) < 0.19))[:, None], light, base)
    glow = np.clip((p[:, 1] + 0.86) * 2.2, 0, 1)[:, None]
    skin = color("#C22A22") + (color("#E8A13A") - color("#C22A22")) * (1 - glow) * 0.6
    return np.asarray(np.where((material == APPLE)[:, None], skin, base), np.float32)


@cache
def new_year_table(size: int = 440) -> Image.Image:
    """A square photograph of the table."""
    eye = np.array([0.5, 0.75, 6.0], np.float32)
    camera = view(size, eye, (0.06, -0.22, 0), 0.262)
    rays = camera.rays
    with np.errstate(divide="ignore"):
        to_floor = np.where(rays[:, 1] < 0, (FLOOR - eye[1]) / rays[:, 1], np.float32(1e6))
        to_wall = (np.float32(-1.7) - eye[2]) / rays[:, 2]
    on_floor = to_floor < to_wall
    p = np.asarray(eye + rays * np.minimum(to_floor, to_wall)[:, None], np.float32)
    lit = np.ones(len(p), np.float32)
    near = np.flatnonzero(np.linalg.norm(p - np.array([0.2, -0.6, 0.3], np.float32), axis=1) < 2.6)
    lit[near] = shadow(_distance, p[near], KEY, 8.0)
    contact = np.ones(len(p), np.float32)
    contact[near] = np.clip(0.35 + 1.6 * (_distance(p[near] + np.array([0, 0.06, 0], np.float32)) + 0.02), 0.25, 1)
    weave = 0.94 + 0.1 * clouds((size, size), 40, 5, octaves=3).reshape(-1)
    spot = np.exp(-np.square((p[:, 0] + 0.3) / 2.0) - np.square((p[:, 1] - 0.3) / 1.7))
    wall = color("#0F4C4A") + (color("#3C8F80") - color("#0F4C4A")) * spot[:, None]
    cloth = color("#E7D3AE") * (0.3 + 0.75 * lit * contact * weave)[:, None] * color("#FFE9C8")
    picture = np.asarray(np.where(on_floor[:, None], cloth, wall * (0.7 + 0.3 * lit)[:, None]), np.float32)
    at, covered = trace(_distance, camera, (0.1, -0.3, 0.3), 1.75, 70)
    seen = np.flatnonzero(covered > 0.003)
    body = _shade(np.asarray(eye + rays[seen] * at[seen, None], np.float32), rays[seen])
    picture[seen] += (body - picture[seen]) * covered[seen, None]
    return image(grain(picture.reshape(size, size, 3), 0.014, 9))


def _shade(p: Field, rays: Field) -> Field:
    material = np.argmin(np.stack(_parts(p)), 0)
    n = normals(_distance, p, 0.003)
    lit = shadow(_distance, np.asarray(p + n * 0.015, np.float32), KEY, 8.0)
    key = np.clip(n @ KEY, 0, 1) * lit
    hollow = np.clip(0.35 + 4.5 * _distance(np.asarray(p + n * 0.13, np.float32)), 0.3, 1)
    sky = 0.5 + 0.5 * n[:, 1]
    ambient = (color("#A98A5E") + (color("#DDF0EA") - color("#A98A5E")) * sky[:, None]) * (hollow * 0.5)[:, None]
    half = KEY - rays
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    gloss = np.array([0.35, 0.05, 0.3, 0.4, 0.4, 0.4, 0.55, 0.1], np.float32)[material]
    spot = gloss * np.clip(np.sum(n * half, 1), 0, 1) ** 36 * lit
    edge = np.clip(1 + np.sum(rays * n, 1), 0, 1) ** 3
    out = _paint(p, material) * (ambient + (key * 0.98)[:, None] * color("#FFE8C6"))
    return np.asarray(out + spot[:, None] + (edge * 0.16)[:, None] * color("#BFE7DC"), np.float32)
