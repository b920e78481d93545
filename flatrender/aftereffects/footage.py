"""Finds a project's footage inside its bundle: paths inside a project are absolute ones of the author's computer."""

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from flatrender.aftereffects.bundle import Bundle
from flatrender.aftereffects.graph import Footage


def resolve_footage(bundle: Bundle, footage: Iterable[Footage]) -> dict[int, Path | None]:
    """Footage id → file, None where it is missing. Solids and placeholders are not in the answer.

    A file is looked for where the longest end of its stored path fits below the bundle (…/images/logo.png before
    logo.png), letter case apart. Nothing outside of the bundle is ever opened.
    """
    wanted = [item for item in footage if item.stored_path]
    if not wanted:
        return {}
    if bundle.lone:
        return {item.id: _beside(bundle.root, item.stored_path or "") for item in wanted}
    by_name: dict[str, list[tuple[tuple[str, ...], Path]]] = {}
    for path in bundle.files():
        parts = tuple(part.casefold() for part in path.relative_to(bundle.root).parts)
        by_name.setdefault(parts[-1], []).append((parts, path))
    return {item.id: _find(item.stored_path or "", by_name) for item in wanted}


def _beside(root: Path, stored: str) -> Path | None:
    """The file below `root` at the longest end of the stored path, or in the folder that "Collect Files" makes."""
    parts = PurePosixPath(stored.replace("\\", "/")).parts
    ends = [parts[start:] for start in range(1, len(parts)) if ".." not in parts[start:]]
    places = [root.joinpath(*end) for end in ends] + [root / "(Footage)" / parts[-1]] if parts else []
    return next((place for place in places if place.is_file()), None)


def _find(stored: str, by_name: dict[str, list[tuple[tuple[str, ...], Path]]]) -> Path | None:
    parts = tuple(part.casefold() for part in PurePosixPath(stored.replace("\\", "/")).parts)
    candidates = by_name.get(parts[-1], []) if parts else []

    def shared(candidate: tuple[tuple[str, ...], Path]) -> tuple[int, int]:
        count = 0
        for mine, theirs in zip(reversed(parts), reversed(candidate[0]), strict=False):
            if mine != theirs:
                break
            count += 1
        return count, -len(candidate[0])

    return max(candidates, key=shared)[1] if candidates else None
