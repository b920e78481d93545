"""What to render for a project: a pure function from the project's resolved scenes to films and a composition.

    clips    A   B   A'  C        A' shows exactly what A shows
    films    a   b       c        one film per content hash; those in the cache are not rendered again
    compose  a · b · a · c        joined with their cross-fades, the music under them

The content hash covers all that the pixels depend on: engine version, bundle, composition, values (media by the hash of
their bytes, never by name), frames, size.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import floor
from typing import Any

from flatrender.film.picture import PATIENCE

Json = dict[str, Any]
FORMAT = 1  # of scene films: raise it when the intermediate format changes
DEFAULT_SECONDS_PER_FRAME = 0.06  # 1080p on one core, until there is history
COMPOSE_SECONDS_PER_FRAME = 0.012
COMPOSE_OVERHEAD = 0.5


@dataclass(frozen=True)
class SceneUse:
    """A clip of the project, resolved. `values`: engine values by address; files as storage `key` and `sha256`.

    `frames`: how many frames of the film the clip takes, `fade`: of these the cross-fade with the clip before;
    `film_frames`: how many to render, at the composition's own rate (None: the same number);
    `film_rate`: that rate, where it is not the film's.
    """

    clip_id: str
    scene: str
    name: str
    composition_id: int
    frames: int
    fade: int = 0
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    film_frames: int | None = None
    film_rate: Fraction | None = None

    def film_frame(self, frame: int, rate: Fraction) -> int:
        """Which frame of the scene film is seen at frame `frame` of the clip, in a film of `rate`.

        The one that stands at that moment, as the composition has it (`flatrender.film.picture`).
        """
        if self.film_rate is None:
            return frame
        return min(floor((frame + PATIENCE) * self.film_rate / rate), self.to_render - 1)

    @property
    def to_render(self) -> int:
        """Frames of the scene film."""
        return self.frames if self.film_frames is None else self.film_frames


@dataclass(frozen=True)
class MusicUse:
    """Music under the film; frames at the film's rate, as in the project document."""

    media: str
    sha256: str
    key: str
    offset: int = 0
    duration: int | None = None
    volume: float = 1.0
    fade_in: int = 0
    fade_out: int = 0

    def to_dict(self) -> Json:
        return {
            "media": self.media,
            "sha256": self.sha256,
            "key": self.key,
            "offset": self.offset,
            "duration": self.duration,
            "volume": self.volume,
            "fade_in": self.fade_in,
            "fade_out": self.fade_out,
        }


@dataclass(frozen=True)
class Source:
    """What all scenes share: the bundle's md5 and storage key, the engine's version, size and rate of the film."""

    bundle_md5: str
    bundle_key: str
    engine_version: str
    size: tuple[int, int]
    rate: tuple[int, int]
    template_id: str | None = None


@dataclass(frozen=True)
class Film:
    """One scene film to have. `seconds`: expected time to render."""

    content_hash: str
    scene: str
    name: str
    composition_id: int
    frames: int
    values: Mapping[str, Mapping[str, Any]]
    cached: bool = False
    seconds: float = 0.0

    def to_dict(self) -> Json:
        return {
            "hash": self.content_hash,
            "scene": self.scene,
            "name": self.name,
            "composition_id": self.composition_id,
            "frames": self.frames,
            "values": {address: dict(value) for address, value in self.values.items()},
            "cached": self.cached,
            "seconds": round(self.seconds, 3),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Film":
        return cls(
            content_hash=data["hash"],
            scene=data["scene"],
            name=data["name"],
            composition_id=data["composition_id"],
            frames=data["frames"],
            values=data["values"],
            cached=data["cached"],
            seconds=data["seconds"],
        )


@dataclass(frozen=True)
class Cut:
    """A place of a film in the composition."""

    content_hash: str
    frames: int
    fade: int

    def to_dict(self) -> Json:
        return {"hash": self.content_hash, "frames": self.frames, "fade": self.fade}


@dataclass(frozen=True)
class Plan:
    """Films to have, and how they are joined."""

    source: Source
    films: tuple[Film, ...]
    cuts: tuple[Cut, ...]
    music: tuple[MusicUse, ...] = ()

    @property
    def frames(self) -> int:
        """Length of the finished film."""
        return sum(cut.frames - cut.fade for cut in self.cuts)

    @property
    def to_render(self) -> tuple[Film, ...]:
        return tuple(film for film in self.films if not film.cached)

    @property
    def cached_scenes(self) -> int:
        """How many places of the film are served from the cache."""
        have = {film.content_hash for film in self.films if film.cached}
        return sum(cut.content_hash in have for cut in self.cuts)

    @property
    def compose_seconds(self) -> float:
        """Expected time to join the films."""
        return COMPOSE_OVERHEAD + self.frames * COMPOSE_SECONDS_PER_FRAME * _megapixels(self.source.size) / 2.07

    @property
    def seconds(self) -> float:
        """Expected time of all that is left to do, on one slot."""
        return sum(film.seconds for film in self.to_render) + self.compose_seconds

    def film(self, content_hash: str) -> Film:
        """The film with this hash. Raises KeyError."""
        for film in self.films:
            if film.content_hash == content_hash:
                return film
        raise KeyError(content_hash)

    def to_dict(self) -> Json:
        source = self.source
        return {
            "version": 1,
            "bundle": {"md5": source.bundle_md5, "key": source.bundle_key},
            "engine_version": source.engine_version,
            "template_id": source.template_id,
            "size": list(source.size),
            "rate": list(source.rate),
            "films": [film.to_dict() for film in self.films],
            "cuts": [cut.to_dict() for cut in self.cuts],
            "music": [music.to_dict() for music in self.music],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Plan":
        source = Source(
            bundle_md5=data["bundle"]["md5"],
            bundle_key=data["bundle"]["key"],
            engine_version=data["engine_version"],
            size=(data["size"][0], data["size"][1]),
            rate=(data["rate"][0], data["rate"][1]),
            template_id=data["template_id"],
        )
        return cls(
            source=source,
            films=tuple(Film.from_dict(film) for film in data["films"]),
            cuts=tuple(Cut(cut["hash"], cut["frames"], cut["fade"]) for cut in data["cuts"]),
            music=tuple(MusicUse(**music) for music in data["music"]),
        )


def plan(
    source: Source,
    scenes: Sequence[SceneUse],
    music: Sequence[MusicUse] = (),
    *,
    cached: Collection[str] = (),
    seconds_per_frame: float = DEFAULT_SECONDS_PER_FRAME,
) -> Plan:
    """Plans the film of `scenes` in order. `cached`: hashes of the films that exist; see `content_hash`."""
    films: dict[str, Film] = {}
    cuts = []
    for use in scenes:
        key = content_hash(source, use)
        cuts.append(Cut(key, use.frames, use.fade))
        if key not in films:
            films[key] = Film(
                content_hash=key,
                scene=use.scene,
                name=use.name,
                composition_id=use.composition_id,
                frames=use.to_render,
                values=use.values,
                cached=key in cached,
                seconds=use.to_render * seconds_per_frame,
            )
    return Plan(source, tuple(films.values()), tuple(cuts), tuple(music))


def with_cached(made: Plan, cached: Collection[str]) -> Plan:
    """The same plan with another look into the cache."""
    return replace(made, films=tuple(replace(film, cached=film.content_hash in cached) for film in made.films))


def content_hash(source: Source, use: SceneUse) -> str:
    """SHA-256 over all that the pixels of a scene film depend on, as 64 hexadecimal digits."""
    values = {address: _by_content(value) for address, value in use.values.items()}
    facts = {
        "format": FORMAT,
        "engine": source.engine_version,
        "bundle": source.bundle_md5,
        "size": source.size,
        "composition": use.composition_id,
        "frames": use.to_render,
        "values": values,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def say_estimate(made: Plan) -> str:
    """For people: "1 of 6 scenes to render, about 1:40"."""
    total = len(made.cuts)
    left = total - made.cached_scenes
    duration = say_seconds(made.seconds)
    if not left:
        return f"{'the scene is' if total == 1 else f'all {total} scenes are'} rendered already, about {duration}"
    return f"{left} of {total} {'scene' if total == 1 else 'scenes'} to render, about {duration}"


def say_seconds(seconds: float) -> str:
    """`100` → "1:40"; at least one second."""
    whole = max(1, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, seconds_left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{seconds_left:02d}" if hours else f"{minutes}:{seconds_left:02d}"


def _by_content(value: Mapping[str, Any]) -> Json:
    # Two uploads of the same picture are the same picture: its hash counts, not where it lies.
    return {name: part for name, part in value.items() if name not in {"key", "path"} or "sha256" not in value}


def _megapixels(size: tuple[int, int]) -> float:
    return size[0] * size[1] / 1e6
