"""A bound project's own files beside it, as After Effects' "Collect Files" lays them, so that it finds them."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from flatrender.commands import destination

if TYPE_CHECKING:
    from flatrender.aftereffects.project import Project

FOOTAGE = "(Footage)"


def collect(project: "Project", out: Path) -> list[Path]:
    """Copies the footage and fonts that `project` has and its copy at `out` lacks; returns the files beside `out`.

    Nothing that is there is overwritten. Raises InvalidInput and NoSpace as `destination` does.
    """
    from flatrender.aftereffects.project import open_project

    bound = open_project(out)
    made: dict[Path, None] = {}
    for item in bound.graph.footage.values():
        source = project.files.get(item.id)
        if source is None or item.stored_path is None or bound.files.get(item.id) is not None:
            continue
        target = out.parent / _place(source, item.stored_path, project.bundle.project.parent)
        for file in _numbered(source) if item.kind == "sequence" else [source]:
            _copy(file, target.with_name(target.name if file == source else file.name), made)
    for font in bound.report(survey=False).fonts:
        found, substitution = project.fonts.resolve(font.postscript_name, font.family, font.style)
        if not font.found and substitution is None:
            _copy(Path(found.face.path), out.parent / "fonts" / os.path.basename(found.face.path), made)
    return list(made)


def _place(source: Path, stored: str, home: Path) -> PurePosixPath:
    """Where a lone project finds it: as it lay beside the old one, if its stored path ends so, else in "(Footage)"."""
    parts = PurePosixPath(stored.replace("\\", "/")).parts
    if source.is_relative_to(home):
        near = source.relative_to(home).parts
        end = parts[-len(near) :]
        if len(near) < len(parts) and [part.casefold() for part in near] == [part.casefold() for part in end]:
            return PurePosixPath(*end)
    return PurePosixPath(FOOTAGE, parts[-1])


def _numbered(first: Path) -> Iterator[Path]:
    """The pictures of the sequence that one of them names."""
    stem = re.sub(r"\d+$", "", first.stem)
    for file in sorted(first.parent.iterdir()):
        if file.suffix == first.suffix and re.fullmatch(re.escape(stem) + r"\d+", file.stem):
            yield file


def _copy(source: Path, target: Path, made: dict[Path, None]) -> None:
    if target.exists():
        return
    with destination.said(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    with destination.whole(target) as half:
        shutil.copyfile(source, half)
    made[target] = None
