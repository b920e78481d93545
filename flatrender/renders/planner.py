"""What to render for a project: a pure function from the project's resolved scenes to films and a composition.

    clips    A   B   A'  C        A' shows exactly what A shows
    films    a   b       c        one film per content hash; those in the cache are not rendered again
    compose  a · b · a · c        once for each shape of the film, with all that lies over and under the scenes

The content hash covers all that the pixels depend on: engine version, bundle, composition, values (media by the hash of
their bytes, never by name), frames, size.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from math import floor
from typing import Any

from flatrender.core.errors import Conflict
from flatrender.film import presets
from flatrender.film.picture import PATIENCE
from flatrender.film.spec import Joint, Size
from flatrender.renders.layers import Layers, joint_of
from flatrender.renders.wishes import Version, Wish, versions

Json = dict[str, Any]
FORMAT = 1  # of scene films: raise it when the intermediate format changes
DEFAULT_SECONDS_PER_FRAME = 0.06  # 1080p on one core, until there is history
COMPOSE_SECONDS_PER_FRAME = 0.012
COMPOSE_OVERHEAD = 0.5
LEAST_FRAMES = 120  # of a range
JOIN_SECONDS_PER_FRAME = 0.005
NO_LAYERS = Layers()
ONE_FILM = Wish()


@dataclass(frozen=True)
class SceneUse:
    """A clip of the project, resolved. `values`: engine values by address; files as storage `key` and `sha256`.

    It is seen in the film's frames [start, start + frames), from frame `first` of the scene on; `joint`: how it meets
    the clip before. `film_frames`: how many to render, at the composition's own rate (None: first + frames);
    `film_rate`: that rate, where it is not the film's.
    """

    clip_id: str
    scene: str
    name: str
    composition_id: int
    frames: int
    start: int = 0
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    first: int = 0
    joint: Joint | None = None
    film_frames: int | None = None
    film_rate: Fraction | None = None

    def film_frame(self, frame: int, rate: Fraction) -> int:
        """Which frame of the scene film is seen at frame `frame` of the clip, in a film of `rate`.

        The one that stands at that moment, as the composition has it (`flatrender.film.picture`).
        """
        shown = frame + self.first
        if self.film_rate is not None:
            shown = floor((shown + PATIENCE) * self.film_rate / rate)
        return min(shown, self.to_render - 1)

    @property
    def to_render(self) -> int:
        """Frames of the scene film."""
        return self.first + self.frames if self.film_frames is None else self.film_frames


@dataclass(frozen=True)
class Source:
    """What all scenes share: the bundle's md5 and storage key, the engine's version, size and rate of the film."""

    bundle_md5: str
    bundle_key: str
    engine_version: str
    size: tuple[int, int]
    rate: tuple[int, int]
    template_id: str | None = None
    alpha: bool = False

    def shaped(self, version: Version) -> "Source":
        """The same in a version's size, with or without transparency."""
        return replace(self, size=version.size, alpha=version.alpha)


@dataclass(frozen=True)
class Film:
    """One scene film to have. `seconds`: expected time to render."""

    content_hash: str
    scene: str
    name: str
    composition_id: int
    frames: int
    values: Mapping[str, Mapping[str, Any]]
    size: Size
    alpha: bool = False
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
            "size": list(self.size),
            "alpha": self.alpha,
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
            size=(data["size"][0], data["size"][1]),
            alpha=data["alpha"],
            cached=data["cached"],
            seconds=data["seconds"],
        )


@dataclass(frozen=True)
class Cut:
    """A place of a scene film in the composition: see `SceneUse`."""

    content_hash: str
    start: int
    frames: int
    first: int = 0
    joint: Joint | None = None

    def to_dict(self) -> Json:
        joint = None if self.joint is None else asdict(self.joint)
        return {
            "hash": self.content_hash,
            "start": self.start,
            "frames": self.frames,
            "first": self.first,
            "joint": joint,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Cut":
        return cls(data["hash"], data["start"], data["frames"], data["first"], joint_of(data["joint"]))


@dataclass(frozen=True)
class Composition:
    """One composition of the film: its shape and files, and the scene films that it is made of."""

    version: Version
    cuts: tuple[Cut, ...]

    def to_dict(self) -> Json:
        version = self.version
        return {
            "size": list(version.size),
            "alpha": version.alpha,
            "aspect": version.aspect,
            "exports": [[name, list(size)] for name, size in version.exports],
            "cuts": [cut.to_dict() for cut in self.cuts],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Composition":
        exports = tuple((name, (size[0], size[1])) for name, size in data["exports"])
        size = (data["size"][0], data["size"][1])
        version = Version(size, data["alpha"], data["aspect"], exports)
        return cls(version, tuple(Cut.from_dict(cut) for cut in data["cuts"]))


@dataclass(frozen=True)
class Plan:
    """Films to have, and what is composed of them. `length`: of the whole film; `range`: what of it is wanted.
    `unseen`: scenes that are heard alone, as no file wanted has a picture, or as their track is `hidden`.
    """

    source: Source
    films: tuple[Film, ...]
    compositions: tuple[Composition, ...]
    length: int
    layers: Layers = field(default_factory=Layers)
    range: tuple[int, int] | None = None
    draft: bool = False
    loudness: float | None = None
    unseen: tuple[Film, ...] = ()
    hidden: bool = False

    @property
    def cuts(self) -> tuple[Cut, ...]:
        """The scenes of the film, as its first composition has them."""
        return self.compositions[0].cuts

    @property
    def window(self) -> tuple[int, int]:
        """The wanted frames: the first, and the one after the last."""
        return self.range or (0, self.length)

    @property
    def frames(self) -> int:
        """Length of the finished film."""
        return self.window[1] - self.window[0]

    @property
    def to_render(self) -> tuple[Film, ...]:
        return tuple(film for film in self.films if not film.cached)

    @property
    def cached_scenes(self) -> int:
        """How many places of the film are served from the cache, whatever it is composed to."""
        missing = {film.content_hash for film in self.to_render}
        columns = zip(*(composition.cuts for composition in self.compositions), strict=True)
        return sum(all(cut.content_hash not in missing for cut in column) for column in columns)

    def compose_seconds(self, number: int) -> float:
        """Expected time of one composition with its files."""
        version = self.compositions[number].version
        files = sum(
            presets.estimate_seconds(presets.find(name), size, self.frames)
            for name, size in version.exports
            if (name, size) != ("mp4", version.size)  # is what was composed
        )
        return composing_seconds(version.size, self.frames) + files

    @property
    def seconds(self) -> float:
        """Expected time of all that is left to do, on one slot."""
        composing = sum(self.compose_seconds(number) for number in range(len(self.compositions)))
        return sum(film.seconds for film in self.to_render) + composing

    def film(self, content_hash: str) -> Film:
        """The film with this hash. Raises KeyError."""
        for film in self.films:
            if film.content_hash == content_hash:
                return film
        raise KeyError(content_hash)

    def to_dict(self) -> Json:
        source = self.source
        return {
            "version": 2,
            "bundle": {"md5": source.bundle_md5, "key": source.bundle_key},
            "engine_version": source.engine_version,
            "template_id": source.template_id,
            "size": list(source.size),
            "rate": list(source.rate),
            "films": [film.to_dict() for film in self.films],
            "compositions": [composition.to_dict() for composition in self.compositions],
            "length": self.length,
            "layers": self.layers.to_dict(),
            "range": None if self.range is None else list(self.range),
            "draft": self.draft,
            "loudness": self.loudness,
            "unseen": [film.to_dict() for film in self.unseen],
            "hidden": self.hidden,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Plan":
        if data["version"] != 2:
            raise Conflict("The job was planned by an older version; send it again.", code="old-plan")
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
            compositions=tuple(Composition.from_dict(each) for each in data["compositions"]),
            length=data["length"],
            layers=Layers.from_dict(data["layers"]),
            range=None if data["range"] is None else (data["range"][0], data["range"][1]),
            draft=data["draft"],
            loudness=data["loudness"],
            unseen=tuple(Film.from_dict(film) for film in data.get("unseen", ())),
            hidden=data.get("hidden", False),
        )


def plan(
    source: Source,
    scenes: Sequence[SceneUse],
    layers: Layers = NO_LAYERS,
    wanted: Wish = ONE_FILM,
    *,
    length: int | None = None,
    loudness: float | None = None,
    hidden: bool = False,
    cached: Collection[str] = (),
    seconds_per_frame: float = DEFAULT_SECONDS_PER_FRAME,
) -> Plan:
    """Plans the film of `scenes` in order. `cached`: hashes of the films that exist; see `hashes`.

    `seconds_per_frame`: of the source's size. `length`: of the film (None: to the end of the last scene). `hidden`:
    the scenes are not seen.
    """
    films: dict[str, Film] = {}
    unseen: dict[str, Film] = {}
    compositions = []
    end = max((use.start + use.frames for use in scenes), default=0) if length is None else length
    window = wanted.range or (0, end)
    for version in shapes(source, scenes, wanted, cached):
        cuts = []
        shown = source.shaped(version)
        pace = seconds_per_frame * _megapixels(version.size) / max(_megapixels(source.size), 1e-6)
        pictures = any(presets.find(name).video for name, _ in version.exports)
        for use in scenes:
            key = content_hash(shown, use)
            cuts.append(Cut(key, use.start, use.frames, use.first, use.joint))
            within = use.start < window[1] and use.start + use.frames > window[0]
            kept = films if pictures and not hidden else unseen
            if key not in kept and within:
                kept[key] = Film(
                    content_hash=key,
                    scene=use.scene,
                    name=use.name,
                    composition_id=use.composition_id,
                    frames=use.to_render,
                    values=use.values,
                    size=version.size,
                    alpha=version.alpha,
                    cached=key in cached,
                    seconds=use.to_render * pace,
                )
        compositions.append(Composition(version, tuple(cuts)))
    return Plan(
        source=source,
        films=tuple(films.values()),
        compositions=tuple(compositions),
        length=end,
        layers=layers,
        range=wanted.range,
        draft=wanted.draft,
        loudness=loudness,
        unseen=tuple(film for key, film in unseen.items() if key not in films),
        hidden=hidden,
    )


def hashes(source: Source, scenes: Sequence[SceneUse], wanted: Wish = ONE_FILM) -> set[str]:
    """The hashes of all films that a plan may ask for, or may use instead."""
    made = versions(wanted, source.size)
    sizes = {source.shaped(version) for version in made} | {source.shaped(_full(source, each)) for each in made}
    return {content_hash(shown, use) for shown in sizes for use in scenes}


def shapes(source: Source, scenes: Sequence[SceneUse], wanted: Wish, cached: Collection[str]) -> tuple[Version, ...]:
    """The versions to compose. A smaller one takes the project's own size where all its scenes are rendered so."""

    def chosen(version: Version) -> Version:
        full = _full(source, version)
        have = all(content_hash(source.shaped(full), use) in cached for use in scenes)
        return full if have and full.size > version.size else version

    return tuple(chosen(version) for version in versions(wanted, source.size))


def _full(source: Source, version: Version) -> Version:
    return replace(version, size=presets.size_of(source.size, "source", version.aspect))


def ranges(frames: int, films: int, slots: int) -> tuple[tuple[int, int], ...]:
    """How a scene of so many frames is split (first, count) when `films` scenes wait for `slots` slots.

    Empty for a scene that is rendered in one: enough scenes keep all slots busy, and each range costs its start.
    """
    number = min(-(-slots // max(films, 1)), frames // LEAST_FRAMES)
    if number < 2:
        return ()
    edges = [frames * index // number for index in range(number + 1)]
    return tuple((first, end - first) for first, end in pairwise(edges))


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
        **({"alpha": True} if source.alpha else {}),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def composing_seconds(size: Size, frames: int) -> float:
    """Expected time until the rendered scenes are one film of that size, which is the MP4."""
    return COMPOSE_OVERHEAD + frames * COMPOSE_SECONDS_PER_FRAME * _megapixels(size) / 2.07


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
