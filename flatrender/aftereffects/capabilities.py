"""What of a project is shown as it is, nearly, or not at all: collected while it is written, and told."""

from dataclasses import dataclass, field
from typing import Literal

Status = Literal["supported", "approximated", "ignored"]


@dataclass
class Notes:
    """Findings of one conversion: (composition id, layer, property, feature) → (status, note)."""

    found: dict[tuple[int, str | None, str, str], tuple[Status, str]] = field(default_factory=dict)

    def add(
        self, composition: int, layer: str | None, prop: str, feature: str, status: Status, note: str = ""
    ) -> None:
        self.found.setdefault((composition, layer, prop, feature), (status, note))
