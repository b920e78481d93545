"""Reads the short list of tests that may be skipped in CI."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path


@dataclass(frozen=True)
class AllowedSkip:
    """One line of the list: which tests (a pattern over node ids), and the reason as the skip states it."""

    tests: str
    reason: str


def read_allowed(path: Path) -> list[AllowedSkip]:
    """Lines `pattern | reason`; empty lines and lines that begin with # are left out. ValueError for any other line."""
    allowed = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        tests, separator, reason = (part.strip() for part in line.partition("|"))
        if not (tests and separator and reason):
            raise ValueError(f"{path.name}, line {number}: write `test pattern | reason`, got {line!r}")
        allowed.append(AllowedSkip(tests, reason))
    return allowed


def is_allowed(allowed: list[AllowedSkip], nodeid: str, reason: str) -> bool:
    """Whether a line names this test and this reason."""
    return any(fnmatchcase(nodeid, entry.tests) and fnmatchcase(reason, entry.reason) for entry in allowed)
