"""Measured figures as a Markdown table."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """`at_most` or `at_least`: the target, None where a figure is only told. `note`: how it was measured."""

    name: str
    value: float
    unit: str
    at_most: float | None = None
    note: str = ""
    at_least: float | None = None

    @property
    def reached(self) -> bool:
        return (self.at_most is None or self.value <= self.at_most) and (
            self.at_least is None or self.value >= self.at_least
        )

    @property
    def target(self) -> str:
        if self.at_least is not None:
            return f"≥ {self.at_least:g} {self.unit}".rstrip()
        return "" if self.at_most is None else f"≤ {self.at_most:g} {self.unit}".rstrip()


def markdown(figures: Sequence[Figure], machine: str) -> str:
    """The figures, one row each, below a line that says on what they were measured."""
    rows = [f"Measured on {machine}.", "", "| what | measured | asked | | how |", "| --- | --- | --- | --- | --- |"]
    for one in figures:
        mark = "" if not one.target else "reached" if one.reached else "missed"
        rows.append(f"| {one.name} | {one.value:.3g} {one.unit} | {one.target} | {mark} | {one.note} |")
    return "\n".join(rows) + "\n"
