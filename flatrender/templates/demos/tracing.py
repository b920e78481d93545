"""Sphere tracing with NumPy: bodies given by their signed distance become pictures with soft shadows.

Points and rays are N × 3 arrays of float32; a body is a function from points to distances.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from flatrender.templates.demos.art import Field

Body = Callable[[Field], Field]


def vector(x: float, y: float, z: float) -> Field:
    """A direction of length 1."""
    direction = np.array([x, y, z], np.float32)
    return direction / np.float32(np.linalg.norm(direction))


@dataclass(frozen=True)
class View:
    """A camera: its eye, its rays (row by row), the size of a pixel one unit away, and the picture's axes."""

    eye: Field
    rays: Field
    pixel: float
    across: Field
    up: Field


def view(size: int, eye: Field, target: tuple[float, float, float], zoom: float) -> View:
    """A square picture of ``size`` pixels from ``eye`` towards ``target``; ``zoom`` is half its width one unit away."""
    forward = np.array(target, np.float32) - eye
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, np.array([0, 1, 0], np.float32))
    right /= np.linalg.norm(right)
    above = np.cross(right, forward)
    line = (np.arange(size, dtype=np.float32) + 0.5) / size * 2 - 1
    across, up = np.meshgrid(line * zoom, -line * zoom)
    rays = forward + across[..., None] * right + up[..., None] * above
    rays = (rays / np.linalg.norm(rays, axis=2, keepdims=True)).reshape(-1, 3).astype(np.float32)
    return View(eye, rays, 2 * zoom / size, across, up)


def trace(body: Body, seen: View, middle: tuple[float, float, float], radius: float, steps: int) -> tuple[Field, Field]:
    """Way along every ray to the nearest approach, and how much of its pixel the body covers there.

    The body lies inside the sphere around ``middle``; rays that miss it are not walked.
    """
    origin = seen.eye - np.array(middle, np.float32)
    along = -(seen.rays @ origin)
    miss = np.float32(origin @ origin) - along * along
    reach = np.sqrt(np.maximum(radius**2 - miss, 0))
    way = np.maximum(along - reach, 0).astype(np.float32)
    far = along + reach
    nearest, at = np.full(len(way), 1e9, np.float32), way.copy()
    live = np.flatnonzero(miss < radius**2)
    for _ in range(steps):
        if not len(live):
            break
        distance = body(seen.eye + seen.rays[live] * way[live, None])
        ratio = distance / (seen.pixel * way[live])
        better = ratio < nearest[live]
        nearest[live[better]], at[live[better]] = ratio[better], way[live[better]]
        way[live] += np.maximum(distance, 0.002)
        live = live[(ratio > 0.12) & (way[live] < far[live])]
    return at, np.clip(1.1 - nearest, 0, 1).astype(np.float32)


def normals(body: Body, p: Field, step: float = 0.002) -> Field:
    """Unit normals of the body at points on it."""
    corners = np.array([[1, -1, -1], [-1, -1, 1], [-1, 1, -1], [1, 1, 1]], np.float32)
    total = sum((corner * body(p + corner * np.float32(step))[:, None] for corner in corners), np.zeros_like(p))
    return np.asarray(total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-6), np.float32)


def shadow(body: Body, p: Field, light: Field, soft: float, steps: int = 14) -> Field:
    """How much of a wide light reaches points, from 0 to 1; a larger ``soft`` makes harder edges."""
    lit = np.ones(len(p), np.float32)
    way = np.full(len(p), 0.05, np.float32)
    live = np.arange(len(p))
    for _ in range(steps):
        distance = body(p[live] + light * way[live, None])
        lit[live] = np.minimum(lit[live], np.clip(0.5 + 0.5 * distance * soft / way[live], 0, 1))
        way[live] += np.clip(distance, 0.05, 0.3)
        live = live[(lit[live] > 0.02) & (way[live] < 3.2)]
        if not len(live):
            break
    return np.asarray(lit * lit * (3 - 2 * lit), np.float32)


def ellipsoid(p: Field, center: tuple[float, float, float], radii: tuple[float, float, float]) -> Field:
    """Distance (nearly) to an ellipsoid."""
    q = (p - np.array(center, np.float32)) / np.array(radii, np.float32)
    length = np.linalg.norm(q, axis=1)
    slope = np.linalg.norm(q / np.array(radii, np.float32), axis=1)
    return np.asarray(length * (length - 1) / np.maximum(slope, 1e-4), np.float32)


def capsule(p: Field, a: tuple[float, float, float], b: tuple[float, float, float], radius: float) -> Field:
    """Distance to a rod with round ends."""
    start, along = np.array(a, np.float32), np.array(b, np.float32) - np.array(a, np.float32)
    t = np.clip((p - start) @ along / (along @ along), 0, 1)
    return np.asarray(np.linalg.norm(p - start - t[:, None] * along, axis=1) - radius, np.float32)


def round_box(a: Field, b: Field, half: tuple[float, float], radius: float) -> Field:
    """Distance to a rounded rectangle in the plane of two coordinates."""
    da, db = np.abs(a) - (half[0] - radius), np.abs(b) - (half[1] - radius)
    outside = np.hypot(np.maximum(da, 0), np.maximum(db, 0))
    return np.asarray(outside + np.minimum(np.maximum(da, db), 0) - radius, np.float32)


def blend(a: Field, b: Field, soft: float) -> Field:
    """The union of two bodies, melted together over ``soft``."""
    h = np.maximum(soft - np.abs(a - b), 0) / soft
    return np.asarray(np.minimum(a, b) - h * h * soft * 0.25, np.float32)
