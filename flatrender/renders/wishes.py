"""What somebody wants rendered: files, a range, a draft or the film itself. Read from a request, kept with the job."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flatrender.core.errors import InvalidInput
from flatrender.film import presets
from flatrender.film.spec import Size

Json = dict[str, Any]
MOST_EXPORTS = 12


@dataclass(frozen=True)
class ExportWish:
    """One file: a preset of `film.presets`, one of its sizes, an aspect (None: the project's)."""

    format: str = "mp4"
    size: str = "source"
    aspect: str | None = None

    def to_dict(self) -> Json:
        return {"format": self.format, "size": self.size, "aspect": self.aspect}


@dataclass(frozen=True)
class Wish:
    """`range`: the first frame and the one after the last (None: the whole film). `draft`: small and fast."""

    exports: tuple[ExportWish, ...] = (ExportWish(),)
    range: tuple[int, int] | None = None
    draft: bool = False

    def to_dict(self) -> Json:
        return {
            "exports": [export.to_dict() for export in self.exports],
            "range": None if self.range is None else list(self.range),
            "draft": self.draft,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Wish":
        """What a job was sent with; jobs of before know a format alone."""
        exports = data.get("exports") or [{"format": data.get("format", "mp4")}]
        span = data.get("range")
        return cls(
            tuple(ExportWish(**export) for export in exports),
            None if span is None else (span[0], span[1]),
            bool(data.get("draft")),
        )


@dataclass(frozen=True)
class Version:
    """The film in one shape, composed once for all files of it. `exports`: formats and their sizes."""

    size: Size
    alpha: bool
    aspect: str | None
    exports: tuple[tuple[str, Size], ...]


def wish(exports: Sequence[ExportWish], span: tuple[int, int] | None = None, draft: bool = False) -> Wish:
    """Checks and tidies. Raises InvalidInput."""
    if not 1 <= len(exports) <= MOST_EXPORTS:
        raise InvalidInput(f"Choose 1 to {MOST_EXPORTS} files at once.", field="exports")
    for export in exports:
        presets.find(export.format)
        presets.size_of((16, 16), export.size, export.aspect)
    if span is not None and not 0 <= span[0] < span[1]:
        raise InvalidInput("A range has a first frame and a later one after its last.", field="range")
    small = [ExportWish(each.format, "draft", each.aspect) if draft else each for each in exports]
    return Wish(tuple(dict.fromkeys(small)), span, draft)


def versions(wanted: Wish, document: Size) -> tuple[Version, ...]:
    """The compositions that the files need: one for each aspect, and for transparency; as large as the largest file."""
    groups: dict[tuple[str | None, bool], list[tuple[str, Size]]] = {}
    sounds: list[tuple[str, Size]] = []
    for export in wanted.exports:
        preset = presets.find(export.format)
        file = (export.format, presets.size_of(document, export.size, export.aspect))
        if preset.video is None:
            sounds.append(file)
        else:
            groups.setdefault((export.aspect, preset.alpha), []).append(file)
    if sounds:  # a sound is the same in every shape
        first = next(iter(groups), (None, False))
        groups.setdefault(first, []).extend(sounds)
    made = []
    for (aspect, alpha), files in groups.items():
        shown = [size for name, size in files if presets.find(name).video is not None] or [files[0][1]]
        made.append(Version(max(shown), alpha, aspect, tuple(files)))
    return tuple(made)
