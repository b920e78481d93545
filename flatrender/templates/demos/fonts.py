"""The fonts that travel inside a bundle: those that its texts name, found by PostScript name in a folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import py_aep
from fontTools.ttLib import TTFont


def used_fonts(bundle: Path) -> set[str]:
    """PostScript names of all fonts that the texts of a bundle's project use."""
    names: set[str] = set()
    for file in bundle.glob("*.aep"):
        for entry in py_aep.parse(file, platform="windows").project.used_fonts:
            names.add(str(entry["font"].post_script_name))
    return names


def add_fonts(bundle: Path, fonts_dir: Path) -> list[str]:
    """Copy the used fonts from ``fonts_dir`` into ``<bundle>/fonts``; returns the names that were not found there."""
    missing = used_fonts(bundle)
    for file in sorted([*fonts_dir.rglob("*.ttf"), *fonts_dir.rglob("*.otf")]):
        with TTFont(file, lazy=True) as font:
            name = font["name"].getDebugName(6)
        if name in missing:
            (bundle / "fonts").mkdir(exist_ok=True)
            shutil.copyfile(file, bundle / "fonts" / f"{name}{file.suffix}")
            missing.discard(name)
    return sorted(missing)
