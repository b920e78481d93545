"""The quote's portrait: a person modelled as a signed distance field and lit like a studio photograph."""

from __future__ import annotations

from functools import cache

import numpy as np
from PIL import Image

from flatrender.templates.demos.art import Field, color, grain, image, smooth
from flatrender.templates.demos.tracing import blend, capsule, ellipsoid, normals, trace, vector, view

SKIN, HAIR, COAT, SHIRT, EYE, LIP = range(6)
KEY = vector(-0.6, 0.62, 0.7)
RIM = vector(0.85, 0.35, -0.45)
COLORS = ("#DDA27E", "#2A1A18", "#2F6F6A", "#EFE7DA", "#1A1212", "#A85C4C")


def _parts(p: Field) -> list[Field]:
    m = p.copy()
    m[:, 0] = np.abs(m[:, 0])
    face = ellipsoid(p, (0, 0.1, 0), (0.46, 0.58, 0.5))
    jaw = ellipsoid(p, (0, -0.2, 0.1), (0.33, 0.36, 0.36))
    skin = blend(face, jaw, 0.2)
    skin = blend(skin, ellipsoid(p, (0, -0.02, 0.53), (0.055, 0.12, 0.09)), 0.1)  # nose
    skin = blend(skin, ellipsoid(m, (0.475, 0.0, -0.02), (0.06, 0.13, 0.09)), 0.04)  # ears
    skin = blend(skin, ellipsoid(m, (0.2, -0.13, 0.34), (0.13, 0.11, 0.12)), 0.16)  # cheeks
    neck = capsule(p, (0, -0.45, -0.05), (0, -0.95, -0.1), 0.2)
    skin = blend(skin, neck, 0.12)
    cap = ellipsoid(p, (0, 0.24, -0.07), (0.54, 0.58, 0.55))
    fringe = p[:, 1] * 0.82 + p[:, 2] * -0.72 + p[:, 0] * 0.28 + 0.02
    hair = np.maximum(cap, -fringe)
    hair = blend(hair, ellipsoid(p, (0, 0.0, -0.32), (0.5, 0.62, 0.32)), 0.12)
    hair = blend(hair, ellipsoid(p, (-0.02, 0.88, -0.22), (0.24, 0.22, 0.24)), 0.1)
    sweep = ellipsoid(p, (0.18, 0.52, 0.26), (0.36, 0.18, 0.26))
    hair = blend(hair, sweep, 0.12)
    chest = ellipsoid(p, (0, -1.75, -0.12), (0.9, 0.82, 0.5))
    shoulder = capsule(m, (0.2, -1.12, -0.1), (0.72, -1.36, -0.12), 0.26)
    coat = blend(chest, shoulder, 0.25)
    collar = np.hypot(np.hypot(p[:, 0], (p[:, 2] + 0.08) * 1.05) - 0.27, p[:, 1] + 0.88 - p[:, 2] * -0.28) - 0.085
    eyes = ellipsoid(m, (0.175, 0.06, 0.455), (0.05, 0.06, 0.04))
    brow = capsule(m, (0.1, 0.215, 0.475), (0.255, 0.2, 0.405), 0.02)
    smile = np.hypot(np.hypot(p[:, 0] * 0.9, p[:, 1] + 0.08) - 0.2, (p[:, 2] - 0.45) * 0.4) - 0.016
    smile = np.maximum(smile, p[:, 1] + 0.215 + np.abs(p[:, 0]) * 0.1)
    return [skin, np.minimum(hair, brow), coat, collar, eyes, smile]


def _distance(p: Field) -> Field:
    parts = _parts(p)
    out = parts[0]
    for part in parts[1:]:
        out = np.minimum(out, part)
    return np.asarray(out * 0.9, np.float32)


@cache
def portrait(size: int = 300, ground: tuple[str, str] = ("#E7B98F", "#B9683F")) -> Image.Image:
    """A square portrait before a plain, softly lit ground."""
    eye = np.array([np.sin(0.32) * 6, 0.1, np.cos(0.32) * 6], np.float32)
    zoom = 0.226
    camera = view(size, eye, (0, -0.1, 0), zoom)
    rays, u, v = camera.rays, camera.across, camera.up
    at, covered = trace(_distance, camera, (0, -0.4, -0.1), 1.75, 44)
    lit = np.hypot(u + zoom * 0.35, v - zoom * 0.5) / zoom
    back = color(ground[0]) + (color(ground[1]) - color(ground[0])) * smooth(0.1, 1.7, lit)[..., None]
    picture = back.reshape(-1, 3).astype(np.float32)
    seen = np.flatnonzero(covered > 0.003)
    body = _shade(np.asarray(eye + rays[seen] * at[seen, None], np.float32), rays[seen], color(ground[1]))
    picture[seen] += (body - picture[seen]) * covered[seen, None]
    return image(grain(picture.reshape(size, size, 3), 0.014, 3))


def _shade(p: Field, rays: Field, bounce: Field) -> Field:
    material = np.argmin(np.stack(_parts(p)), 0)
    n = normals(_distance, p, 0.003)
    base = np.stack([color(c) for c in COLORS])[material]
    lit = np.ones(len(p), np.float32)
    for step in (0.05, 0.12, 0.22, 0.36, 0.55, 0.8):
        lit = np.minimum(lit, np.clip(0.45 + 4.2 * _distance(p + n * 0.02 + KEY * np.float32(step)) / step, 0, 1))
    key = np.clip((n @ KEY + 0.25) / 1.25, 0, 1) * lit  # wrapped a little: skin is soft
    hollow = np.clip(0.3 + 5 * _distance(p + n * np.float32(0.14)), 0.3, 1)
    edge = np.clip(1 + np.sum(rays * n, 1), 0, 1)
    rim = np.clip(n @ RIM, 0, 1) * edge**1.5
    half = KEY - rays
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    gloss = np.array([0.14, 0.3, 0.05, 0.05, 0.9, 0.2], np.float32)[material]
    sharp = np.array([18, 26, 8, 8, 90, 20], np.float32)[material]
    spot = gloss * np.clip(np.sum(n * half, 1), 0, 1) ** sharp * lit
    sky = 0.5 + 0.5 * n[:, 1]
    ambient = (bounce * 0.6 + (color("#FFF1E2") - bounce * 0.6) * sky[:, None]) * (hollow * 0.6)[:, None]
    out = base * (ambient + key[:, None] * 0.86 * color("#FFF4E6")) + (rim * 0.75)[:, None] * color("#FFE0C0")
    return np.asarray(out + spot[:, None], np.float32)
