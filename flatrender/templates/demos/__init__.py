"""The templates that FlatRender brings along, authored by readable scripts: ``build_all`` writes their bundles."""

from __future__ import annotations

import shutil
from pathlib import Path

from flatrender.templates.demos import (
    big_quote,
    desert_festival,
    hear_the_room,
    hear_the_room_portrait,
    lower_third,
    nowruz,
)
from flatrender.templates.demos.catalog import ColorPreset, DemoTemplate
from flatrender.templates.demos.fonts import add_fonts

__all__ = ["DEMOS", "ColorPreset", "DemoTemplate", "build_all"]

DEMOS: tuple[DemoTemplate, ...] = (
    lower_third.TEMPLATE,
    hear_the_room.TEMPLATE,
    hear_the_room_portrait.TEMPLATE,
    desert_festival.TEMPLATE,
    big_quote.TEMPLATE,
    nowruz.TEMPLATE,
)


def build_all(out_dir: Path, fonts_dir: Path | None) -> list[Path]:
    """Write every demo as a folder below ``out_dir`` and return the folders, in the order of ``DEMOS``.

    ``fonts_dir`` holds font files (``.ttf``, ``.otf``) by any name; those that a template uses are copied into its
    ``fonts`` folder. An older bundle of the same name is replaced. Raises ``OSError`` when a folder cannot be written.
    """
    bundles = []
    for demo in DEMOS:
        shutil.rmtree(out_dir / demo.slug, ignore_errors=True)
        bundle = demo.build(out_dir)
        if fonts_dir is not None:
            add_fonts(bundle, fonts_dir)
        bundles.append(bundle)
    return bundles
