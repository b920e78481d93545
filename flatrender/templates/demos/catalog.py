"""What a demo template is: its words in the gallery, its colour presets and the script that builds its bundle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Kind = Literal["fixed", "flexible"]
"""``fixed``: one final composition; ``flexible``: scenes that the customer arranges."""


@dataclass(frozen=True)
class ColorPreset:
    """A named set of shared colours: ``colors`` maps every shared colour key of the template to ``#RRGGBB``."""

    key: str
    name: str
    name_fa: str
    colors: dict[str, str]


@dataclass(frozen=True)
class DemoTemplate:
    """One template that FlatRender ships: gallery words, presets and its authoring script.

    ``aspect`` is ``"16:9"``, ``"9:16"``, ``"4:5"`` or ``"1:1"``; ``cover_frame`` counts from time 0 of
    ``cover_composition``; ``build`` writes the bundle as the folder ``<given folder>/<slug>`` and returns that folder.
    """

    slug: str
    name: str
    name_fa: str
    description: str
    description_fa: str
    category: str
    tags: tuple[str, ...]
    kind: Kind
    aspect: str
    cover_composition: str
    cover_frame: int
    presets: tuple[ColorPreset, ...]
    build: Callable[[Path], Path] = field(repr=False, compare=False)

    @property
    def default_colors(self) -> dict[str, str]:
        """The shared colours as the bundle itself holds them: those of the first preset."""
        return self.presets[0].colors
