"""The promo's product shots: a pair of headphones as a signed distance field, traced with soft shadow and gloss."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image

from flatrender.templates.demos.art import Field, clouds, color, grain, image, smooth
from flatrender.templates.demos.tracing import View, normals, round_box, shadow, trace, vector, view

SHELL, CUSHION, METAL, ACCENT = range(4)
SEAM = np.float32(0.0045)
RING = 0.98  # half the width of the head band
KEY_LIGHT = vector(-0.55, 0.72, 0.62)
RIM_LIGHT = vector(0.75, 0.28, -0.6)
REACH = 1.72  # the radius of a sphere around all of it


@dataclass(frozen=True)
class Finish:
    """What the headphones are made of: colours of shell, cushions, metal and inlay, and of what they mirror."""

    shell: str = "#26232A"
    cushion: str = "#3A3230"
    metal: str = "#C9A27E"
    accent: str = "#E8B27A"
    sky: str = "#FFF3E4"
    ground: str = "#7A4A36"


def _parts(p: Field) -> list[Field]:
    """Distances to shell, cushions, metal and inlay at points N × 3 (the pair is mirrored at x = 0)."""
    x, y, z = np.abs(p[:, 0]), p[:, 1], p[:, 2]
    bow = np.where(y > 0, np.hypot(x, y), x) - RING  # a U: arc above, straight below
    band = round_box(bow - 0.02, z, (0.045, 0.125), 0.04)
    band = np.maximum(band, 0.2 - y)
    thick = 0.062 * np.sqrt(np.clip((y - 0.42) * 5, 0, 1))  # the padding thins out towards its ends
    pad = round_box(bow + 0.04, z, (0.045, 0.13), 0.045) + 0.062 - thick
    stem = np.maximum(round_box(bow, z, (0.026, 0.06), 0.024), np.maximum(y - 0.36, -0.72 - y))
    # The cups stand on the straight part, tilted towards the cheeks.
    cx, cy = x - (RING - 0.04), y + 0.62
    tilt = np.float32(0.13)
    ux = cx * np.cos(tilt) + cy * np.sin(tilt)
    uy = -cx * np.sin(tilt) + cy * np.cos(tilt)
    wide = np.hypot(uy / 1.2, z) * 1.04
    cup = round_box(wide, ux - 0.05, (0.5, 0.13), 0.11)
    cap = round_box(wide, ux - 0.17, (0.36, 0.05), 0.04)
    cushion = np.hypot(wide - 0.36, (ux + 0.17) * 0.95) - 0.145
    ring = np.hypot(wide - 0.375, ux - 0.185) - 0.02
    dot = round_box(wide, ux - 0.215, (0.085, 0.012), 0.01)
    shell = np.minimum(np.minimum(band, cup), cap)
    return [shell, np.minimum(cushion, pad), np.minimum(stem, ring), dot]


def _distance(p: Field) -> Field:
    parts = _parts(p)
    return np.asarray(np.minimum(np.minimum(parts[0], parts[1]), np.minimum(parts[2], parts[3])) * 0.92, np.float32)


def _shade(p: Field, rays: Field, finish: Finish) -> Field:
    """The colour of the headphones at points N × 3 seen along ``rays``."""
    parts = np.stack(_parts(p))
    metal = np.argmin(parts, 0) == METAL
    share = np.exp(-(parts - parts.min(0)) / SEAM)  # edges between two materials are a pixel soft
    share /= share.sum(0)
    n = normals(_distance, p)
    base = share.T @ np.stack([color(c) for c in (finish.shell, finish.cushion, finish.metal, finish.accent)])
    gloss = share.T @ np.array([0.55, 0.06, 1.0, 0.8], np.float32)
    sharp = share.T @ np.array([38, 8, 60, 50], np.float32)
    lit = shadow(_distance, p + n * 0.01, KEY_LIGHT, 7.0)
    key = np.clip(n @ KEY_LIGHT, 0, 1) * lit
    rim = np.clip(n @ RIM_LIGHT, 0, 1)
    hollow = np.clip(0.35 + 5.2 * _distance(p + n * 0.13), 0.25, 1)  # corners receive less of the sky
    up = 0.5 + 0.5 * n[:, 1]
    ambient = (color(finish.ground) + (color(finish.sky) - color(finish.ground)) * up[:, None]) * hollow[:, None]
    mirrored = rays - 2 * np.sum(rays * n, 1, keepdims=True) * n
    edge = np.clip(1 + np.sum(rays * n, 1), 0, 1) ** 4
    # A soft box above left, mirrored as a bright pane: what makes the shell look like a made thing.
    towards = np.asarray(mirrored @ KEY_LIGHT, np.float32)
    pane = smooth(0.55, 0.85, towards) * 0.5 + smooth(0.93, 0.99, towards)
    shine = (gloss * (0.1 + 0.9 * edge))[:, None] * (0.5 + 0.5 * mirrored[:, 1:2]) * color(finish.sky)
    half = KEY_LIGHT - rays
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    spot = gloss * np.clip(np.sum(n * half, 1), 0, 1) ** sharp * lit
    out = base * (ambient * 0.55 + key[:, None] * 1.25 + rim[:, None] * 0.35 * color(finish.sky))
    out = out + shine * (0.35 + 0.4 * metal[:, None]) * hollow[:, None] + (pane * gloss * lit * 0.16)[:, None]
    out = out + spot[:, None] * 0.5 + (rim * edge)[:, None] * 0.5 * color(finish.sky)
    return np.asarray(out / (1 + 0.16 * out), np.float32)


def _seen(size: int, yaw: float, pitch: float, zoom: float, middle: float) -> View:
    """The headphones from a distance that flatters them, turned by ``yaw`` and ``pitch``."""
    eye = np.array([np.sin(yaw) * np.cos(pitch), np.sin(pitch), np.cos(yaw) * np.cos(pitch)], np.float32) * 6.4
    eye[1] += middle
    return view(size, np.asarray(eye, np.float32), (0, middle, 0), zoom)


@cache
def headphones(size: int = 840, finish: Finish = Finish()) -> Image.Image:
    """The product alone: a square RGBA picture, three quarters from the left, light from above left."""
    camera = _seen(size, yaw=-0.62, pitch=0.16, zoom=0.245, middle=-0.12)
    eye, rays = camera.eye, camera.rays
    at, covered = trace(_distance, camera, (0, 0, 0), REACH, 60)
    seen = np.flatnonzero(covered > 0.003)
    out = np.zeros((size * size, 4), np.float32)
    out[seen, :3] = _shade(eye + rays[seen] * at[seen, None], rays[seen], finish)
    out[seen, 3] = covered[seen]
    return image(grain(out.reshape(size, size, 4), 0.012, 7))


def _window(u: Field, v: Field) -> Field:
    """Sunlight through a tall window of two by four panes, in the plane of the wall."""
    frame = smooth(1.22, 1.1, np.abs(u)) * smooth(1.5, 1.4, v) * smooth(-3.2, -3.0, v)
    rows = np.abs(((v + 3.2) % 1.18) - 0.59)
    bars = smooth(0.03, 0.09, np.abs(u)) * smooth(0.56, 0.5, rows)
    return np.asarray(frame * bars, np.float32)


@cache
def listening_room(size: int = 760, wall: str = "#DDB196", finish: Finish = Finish()) -> Image.Image:
    """The feature's photograph: the headphones on a table before a plaster wall, evening sun through a window."""
    yaw = -0.55
    camera = _seen(size, yaw=yaw, pitch=0.13, zoom=0.285, middle=0.02)
    eye, rays = camera.eye, camera.rays
    side = np.array([np.cos(yaw), 0, -np.sin(yaw)], np.float32)
    front = np.array([np.sin(yaw), 0, np.cos(yaw)], np.float32)
    floor, back = np.float32(-1.17), np.float32(-1.7)
    outwards = rays @ front
    with np.errstate(divide="ignore"):
        to_floor = np.where(rays[:, 1] < 0, (floor - eye[1]) / rays[:, 1], np.float32(1e6))
        to_wall = np.where(outwards < 0, (back - eye @ front) / outwards, np.float32(1e6))
    on_floor = to_floor < to_wall
    p = eye + rays * np.minimum(to_floor, to_wall)[:, None]
    deep = p @ front - back
    sun = _window(
        p @ side - KEY_LIGHT @ side / (KEY_LIGHT @ front) * deep - 0.42,
        p[:, 1] - KEY_LIGHT[1] / (KEY_LIGHT @ front) * deep,
    )
    lit = np.ones(len(p), np.float32)
    bright = np.flatnonzero(sun > 0.02)
    lit[bright] = shadow(_distance, p[bright], KEY_LIGHT, 11.0, steps=22)
    facing = np.where(on_floor, KEY_LIGHT[1], KEY_LIGHT @ front)
    near = _distance(p + np.array([0, 0.1, 0], np.float32))
    contact = np.where(on_floor, np.clip(0.3 + 1.5 * near, 0.2, 1), 1.0)
    plaster = clouds((size, size), 9, 3, octaves=5).reshape(-1)
    base = np.where(on_floor[:, None], color("#C98F70"), color(wall)) * (0.92 + 0.16 * plaster[:, None])
    fall = np.clip(1.12 - 0.14 * np.linalg.norm(p - side * -1.0 - np.array([0, 0.8, 0], np.float32), axis=1), 0.45, 1)
    seam = np.where(on_floor, deep, p[:, 1] - floor)
    shade = contact * fall * (0.66 + 0.34 * smooth(0, 0.8, np.asarray(seam, np.float32)))
    room = base * (0.66 * shade[:, None] * color("#F3E0E4") + (sun * lit * facing)[:, None] * 0.92 * color("#FFDDB0"))
    at, covered = trace(_distance, camera, (0, 0, 0), REACH, 60)
    seen = np.flatnonzero(covered > 0.003)
    body = _shade(eye + rays[seen] * at[seen, None], rays[seen], finish)
    room[seen] += (body - room[seen]) * covered[seen, None]
    room = np.asarray(room, np.float32).reshape(size, size, 3)
    return image(grain(room, 0.018, 11))
