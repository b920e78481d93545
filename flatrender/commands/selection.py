"""What several commands share: the composition that `--comp` names and the values that `--set K=V` gives."""

import argparse
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flatrender.commands import here
from flatrender.core.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from flatrender.aftereffects.report import CompositionReport, ProjectReport


def add_values_argument(parser: argparse.ArgumentParser) -> None:
    """`--set K=V`, repeatable."""
    parser.add_argument(
        "--set",
        metavar="K=V",
        action="append",
        default=[],
        dest="values",
        help="an element's value, by its key (Composition/Layer where the project follows no convention); a "
        "key that several scenes share sets it in all of them, Scene/key=V in one",
    )


def choose_composition(report: "ProjectReport", wanted: str) -> "CompositionReport":
    """The composition of that name, or `#id`. Raises NotFound naming near ones, InvalidInput listing ids of equal
    names.
    """
    if wanted.startswith("#"):
        by_id = [found for found in report.compositions if f"#{found.id}" == wanted]
        if by_id:
            return by_id[0]
    named = [found for found in report.compositions if found.name == wanted]
    if len(named) == 1:
        return named[0]
    if named:
        ids = ", ".join(f"#{found.id} ({found.width} × {found.height})" for found in named)
        raise InvalidInput(f"{len(named)} compositions are named “{wanted}”: {ids}; choose one with --comp '#id'.")
    import difflib

    names = [found.name for found in report.compositions]
    near = difflib.get_close_matches(wanted, names, 3, 0.6)  # below that nobody sees a likeness
    listed = ", ".join(f"“{name}”" for name in near or names[:8]) or "none at all"
    says = "did you mean" if near else "it has"
    raise NotFound(f"{report.file_name} has no composition “{wanted}”; {says} {listed}{'?' if near else '.'}")


def say_notes(
    report: "ProjectReport", composition_id: int, values: Mapping[str, Any], told: Sequence[str] = ()
) -> None:
    """On stderr, what is to be told of the values, what stands in and is missing in a composition and all in it."""
    from flatrender.aftereffects.notes import notes

    for note in dict.fromkeys([*told, *notes(report, [composition_id], values)]):
        here.warn(note)


def engine_values(report: "ProjectReport", given: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The engine's values by address for `K=V` words. Raises InvalidInput for a word without `=` or an unknown key."""
    pairs: dict[str, str] = {}
    for word in given:
        key, sign, value = word.partition("=")
        if not sign or not key:
            raise InvalidInput(f"--set takes KEY=VALUE, not “{word}”.", field="set")
        pairs[key] = value
    if not pairs:
        return {}
    from flatrender.templates import convention

    values: dict[str, dict[str, Any]] = convention.resolve(convention.read(report), pairs)
    return values
