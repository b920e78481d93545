"""The quote's portrait: a person modelled as a signed distance field and lit like a studio photograph."""

from __future__ import annotations

from functools import cache

import numpy as np
from PIL import Image

from flatrender.templates.demos.art import Field, color, grain, image, smooth

SKIN, HAIR, COAT, SHIRT, EYE, LIP = range(6)
KEY = np.array([-0.6, 0.62, 0.7], np.float32) / np.float32(np.linalg.norm([-0.6, 0.62, 0.7]))
RIM = np.array([0.85, 0.35, -0.45], np.float32) / np.float32(np.linalg.norm([0.85, 0.35, -0.45]))
COLORS = ("#C98A66", "#2A1A18", "#2F6F6A", "#EFE7DA", "#1A1212", "#A85C4C")


def _ellipsoid(p: Field, center: tuple[float, float, float], radii: tuple[float, float, float]) -> Field:
    q = (p - np.array(center, np.float32)) / np.array(radii, np.float32)
    length = np.linalg.norm(q, axis=1)
    slope = np.linalg.norm(q / np.array(radii, np.float32), axis=1)
    return np.asarray(length * (length - 1) / np.maximum(slope, 1e-4), np.float32)


def _capsule(p: Field, a: tuple[float, float, float], b: tuple[float, float, float], radius: float) -> Field:
    start, along = np.array(a, np.float32), np.array(b, np.float32) - np.array(a, np.float32)
    t = np.clip((p - start) @ along / (along @ along), 0, 1)
    return np.asarray(np.linalg.norm(p - start - t[:, None] * along, axis=1) - radius, np.float32)


def _blend(a: Field, b: Field, soft: float) -> Field:
    h = np.maximum(soft - np.abs(a - b), 0) / soft
    return np.asarray(np.minimum(a, b) - h * h * soft * 0.25, np.float32)


def _parts(p: Field) -> list[Field]:
    m = p.copy()
    m[:, 0] = np.abs(m[:, 0])
    face = _ellipsoid(p, (0, 0.1, 0), (0.46, 0.58, 0.5))
    jaw = _ellipsoid(p, (0, -0.2, 0.1), (0.33, 0.36, 0.36))
    skin = _blend(face, jaw, 0.2)
    skin = _blend(skin, _ellipsoid(p, (0, -0.02, 0.53), (0.055, 0.12, 0.09)), 0.1)  # nose
    skin = _blend(skin, _ellipsoid(m, (0.475, 0.0, -0.02), (0.06, 0.13, 0.09)), 0.04)  # ears
    skin = _blend(skin, _ellipsoid(m, (0.2, -0.13, 0.34), (0.13, 0.11, 0.12)), 0.16)  # cheeks
    neck = _capsule(p, (0, -0.45, -0.05), (0, -0.95, -0.1), 0.2)
    skin = _blend(skin, neck, 0.12)
    cap = _ellipsoid(p, (0, 0.24, -0.07), (0.54, 0.58, 0.55))
    fringe = p[:, 1] * 0.82 + p[:, 2] * -0.72 + p[:, 0] * 0.28 + 0.02
    hair = np.maximum(cap, -fringe)
    hair = _blend(hair, _ellipsoid(p, (0, 0.0, -0.32), (0.5, 0.62, 0.32)), 0.12)
    hair = _blend(hair, _ellipsoid(p, (-0.02, 0.88, -0.22), (0.24, 0.22, 0.24)), 0.1)
    sweep = _ellipsoid(p, (0.18, 0.52, 0.26), (0.36, 0.18, 0.26))
    hair = _blend(hair, sweep, 0.12)
    chest = _ellipsoid(p, (0, -1.75, -0.12), (0.9, 0.82, 0.5))
    shoulder = _capsule(m, (0.2, -1.12, -0.1), (0.72, -1.36, -0.12), 0.26)
    coat = _blend(chest, shoulder, 0.25)
    collar = np.hypot(np.hypot(p[:, 0], (p[:, 2] + 0.08) * 1.05) - 0.27, p[:, 1] + 0.88 - p[:, 2] * -0.28) - 0.085
    eyes = _ellipsoid(m, (0.175, 0.06, 0.455), (0.05, 0.06, 0.04))
    brow = _capsule(m, (0.1, 0.215, 0.475), (0.255, 0.2, 0.405), 0.02)
    smile = np.hypot(np.hypot(p[:, 0] * 0.9, p[:, 1] + 0.08) - 0.2, (p[:, 2] - 0.45) * 0.4) - 0.016
    smile = np.maximum(smile, p[:, 1] + 0.215 + np.abs(p[:, 0]) * 0.1)
    return [skin, np.minimum(hair, brow), coat, collar, eyes, smile]


def _distance(p: Field) -> Field:
    parts = _parts(p)
    out = parts[0]
    for part in parts[1:]:
        out = np.minimum(out, part)
    return out


@cache
def portrait(size: int = 300, ground: tuple[str, str] = ("#E7B98F", "#B9683F")) -> Image.Image:
    """A square portrait before a plain, softly lit ground."""
    yaw, pitch, far, zoom = 0.32, 0.03, 6.0, 0.226
    eye = np.array([np.sin(yaw), pitch, np.cos(yaw)], np.float32) * far
    eye[1] -= 0.08
    forward = np.array([0.0, -0.1, 0.0], np.float32) - eye
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, np.array([0, 1, 0], np.float32))
    right /= np.linalg.norm(right)
    above = np.cross(right, forward)
    line = (np.arange(size, dtype=np.float32) + 0.5) / size * 2 - 1
    u, v = np.meshgrid(line * zoom, -line * zoom)
    rays = forward + u[..., None] * right + v[..., None] * above
    rays = (rays / np.linalg.norm(rays, axis=2, keepdims=True)).reshape(-1, 3).astype(np.float32)
    pixel = 2 * zoom / size
    way = np.full(len(rays), far - 1.3, np.float32)
    nearest, at = np.full(len(rays), 1e9, np.float32), way.copy()
    live = np.arange(len(rays))
    for _ in range(40):
        d = _distance(eye + rays[live] * way[live, None])
        ratio = d / (pixel * way[live])
        better = ratio < nearest[live]
        nearest[live[better]], at[live[better]] = ratio[better], way[live[better]]
        way[live] += np.maximum(d * 0.85, 0.003)
        live = live[(ratio > 0.15) & (way[live] < far + 1.4)]
        if not len(live):
            break
    covered = np.clip(1.1 - nearest, 0, 1)
    lit = np.hypot(u + zoom * 0.35, v - zoom * 0.5) / zoom
    back = color(ground[0]) + (color(ground[1]) - color(ground[0])) * smooth(0.1, 1.7, lit)[..., None]
    picture = back.reshape(-1, 3).astype(np.float32)
    seen = np.flatnonzero(covered > 0.003)
    body = _shade(np.asarray(eye + rays[seen] * at[seen, None], np.float32), rays[seen], color(ground[1]))
    picture[seen] += (body - picture[seen]) * covered[seen, None]
    return image(grain(picture.reshape(size, size, 3), 0.014, 3))


def _shade(p: Field, rays: Field, bounce: Field) -> Field:
    material = np.argmin(np.stack(_parts(p)), 0)
    e = np.float32(0.003)
    corners = np.array([[1, -1, -1], [-1, -1, 1], [-1, 1, -1], [1, 1, 1]], np.float32)
    n = sum((corner * _distance(p + corner * e)[:, None] for corner in corners), np.zeros_like(p))
    n = n / np.maximum(np.linalg.norm(n, axis=1, keepdims=True), 1e-6)
    base = np.stack([color(c) for c in COLORS])[material]
    shadow = np.ones(len(p), np.float32)
    for step in (0.05, 0.12, 0.22, 0.36, 0.55, 0.8):
        shadow = np.minimum(shadow, np.clip(0.45 + 4.2 * _distance(p + n * 0.02 + KEY * np.float32(step)) / step, 0, 1))
    key = np.clip((n @ KEY + 0.25) / 1.25, 0, 1) * shadow  # wrapped a little: skin is soft
    hollow = np.clip(0.3 + 5 * _distance(p + n * np.float32(0.14)), 0.3, 1)
    edge = np.clip(1 + np.sum(rays * n, 1), 0, 1)
    rim = np.clip(n @ RIM, 0, 1) * edge**1.5
    half = KEY - rays
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    gloss = np.array([0.14, 0.3, 0.05, 0.05, 0.9, 0.2], np.float32)[material]
    sharp = np.array([18, 26, 8, 8, 90, 20], np.float32)[material]
    spot = gloss * np.clip(np.sum(n * half, 1), 0, 1) ** sharp * shadow
    sky = 0.5 + 0.5 * n[:, 1]
    ambient = (bounce * 0.6 + (color("#FFF1E2") - bounce * 0.6) * sky[:, None]) * (hollow * 0.6)[:, None]
    out = base * (ambient + key[:, None] * 0.86 * color("#FFF4E6")) + (rim * 0.75)[:, None] * color("#FFE0C0")
    return np.asarray(out + spot[:, None], np.float32)
