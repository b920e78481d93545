"""Runs mutated projects through the engine's limited children, as uploads go, and says what became of them."""

import collections
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from flatrender.aftereffects.client import EngineClient
from flatrender.core.errors import FlatRenderError
from tests.fuzz.mutate import mutated, wild_value

HANGS = 10.0
TOO_LONG = "took longer than"  # of wall time, as the client says it
GIB = 1024**3
DRAWN = 10  # of so many projects that can be read one is drawn too


@dataclass
class Outcome:
    """`counts` by what became of an attempt; `faults`: what must not be, each with the seed that makes it again.
    `late`: what took too long once, and not when it was tried again at once: the machine was busy."""

    counts: collections.Counter[str] = field(default_factory=collections.Counter)
    faults: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    slowest: float = 0.0


class Fuzz:
    """Attempts against one client. `folder` holds the project at hand; a bad one is kept there under its seed."""

    def __init__(self, seeds: Sequence[bytes], folder: Path, client: EngineClient | None = None) -> None:
        self._seeds = list(seeds)
        self._folder = folder
        limits = {name: HANGS for name in ("scan", "lottie", "bake", "save")} | {"warm": 300.0}
        self._client = client or EngineClient(1, memory_bytes=2 * GIB, seconds=limits)
        self.outcome = Outcome()

    def attempt(self, seed: int) -> None:
        """One project and what customers might send to it, made from a number."""
        said, took, data = self._tried(seed)
        if TOO_LONG in said:
            once = f"seed {seed}, {took:.1f} s, {said}"
            said, took, data = self._tried(seed)
            if TOO_LONG not in said:
                self.outcome.late.append(once)
        self.outcome.slowest = max(self.outcome.slowest, took)
        kind = said.partition(": ")[0]
        self.outcome.counts[kind] += 1
        if kind in ("crashed", "fault", "unclear") or took > 3 * HANGS:
            self.outcome.faults.append(f"seed {seed}, {took:.1f} s, {said}")
            (self._folder / f"{seed}.aep").write_bytes(data)

    def _tried(self, seed: int) -> tuple[str, float, bytes]:
        """What became of it, how long it took, and the project."""
        chance = random.Random(seed)
        data = mutated(chance.choice(self._seeds), chance)
        path = self._folder / "mutated.aep"
        path.write_bytes(data)
        self._client.warm()  # a child that was lost starts again on nobody's time
        began = time.monotonic()
        said = self._said(path, chance)
        return said, time.monotonic() - began, data

    def _said(self, path: Path, chance: random.Random) -> str:
        try:
            report = self._client.scan(path)
            if not report.compositions:
                return "empty"
            composition = chance.choice(report.compositions)
            places = [f"{composition.id}/{layer.id}" for layer in composition.layers] + ["9/9"]
            places += [f"{place}/{chance.choice(('1.0.0', '0.9', '3.0.1.1.3', '9.9.9', 'x'))}" for place in places]
            values = {chance.choice(places): wild_value(chance) for _ in range(chance.randrange(3))}
            lottie, _ = self._client.lottie_bytes(path, composition.id, values)
            if chance.randrange(DRAWN) == 0:
                self._client.rasteriser.picture(lottie, 64, 48, 0)
            return "read"
        except FlatRenderError as error:
            code = error.code or ""
            if code in ("engine-crashed", "engine-fault"):
                return f"{'crashed' if code == 'engine-crashed' else 'fault'}: {error.message}"
            if not error.message.rstrip().endswith((".", "…")) or len(error.message) > 500 or "\n" in error.message:
                return f"unclear: {error.message[:300]!r}"
            return "refused"

    def run(self, seeds: range, seconds: float | None = None, told: Callable[[int], None] = lambda done: None) -> None:
        """Attempts the numbers until all are done or so many seconds are over."""
        until = time.monotonic() + seconds if seconds is not None else float("inf")
        for done, seed in enumerate(seeds, 1):
            self.attempt(seed)
            told(done)
            if time.monotonic() > until:
                break

    def close(self) -> None:
        self._client.close()


def seeds(folder: Path, samples: Path | None = None) -> list[bytes]:
    """Projects to mutate: made here, and the samples (up to half a megabyte each) where they are."""
    from tests.aftereffects.authored import template

    found = [template(folder / "made").read_bytes()]
    for path in sorted(samples.rglob("*.aep")) if samples is not None and samples.is_dir() else ():
        if path.stat().st_size <= 512 * 1024:
            found.append(path.read_bytes())
    return found
