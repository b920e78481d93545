"""What the documents say is true of the code."""

import re
from pathlib import Path

import pytest

from flatrender.commands import COMMANDS
from flatrender.core import errors, process
from flatrender.core.errors import FlatRenderError
from workers.node import TOO_LARGE

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def _commands(heading: str) -> list[str]:
    section = (ROOT / "README.md").read_text("utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return [block.strip() for block in re.findall(r"```sh\n(.*?)```", section, re.DOTALL)]


def test_the_readme_has_two_commands_of_one_line_each() -> None:
    (start,), (test,) = _commands("Start"), _commands("Test")
    assert start.endswith("&& .venv/bin/flatrender up")
    assert test.endswith("&& .venv/bin/python -m tests")
    assert "\n" not in start + test


def test_ci_runs_the_readmes_second_command() -> None:
    done = process.run(["bash", ".ci/run", "--show"], limits=process.Limits(wall_seconds=30), cwd=ROOT)
    assert done.stdout.decode().splitlines() == _commands("Test")


def test_every_setting_is_described_and_every_described_one_exists() -> None:
    read = set()
    for path in [*(ROOT / "flatrender").rglob("*.py"), *(ROOT / "workers").rglob("*.py")]:
        read |= set(re.findall(r"\"(FLATRENDER_[A-Z_]+)\"", path.read_text("utf-8")))
    described = set(re.findall(r"`(FLATRENDER_[A-Z_]+)", (ROOT / "docs" / "operations.md").read_text("utf-8")))
    assert read == described


def test_exit_statuses_are_as_described() -> None:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8").split("\n## Exit statuses\n")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("| ").split(" |")] for line in text.splitlines() if "|" in line]
    described = {
        code: int(row[0]) for row in rows if row[0].isdecimal() for code in re.findall(r"`([a-z-]+)`", row[-1])
    }
    kinds = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, FlatRenderError)]
    assert described == {kind.code: kind.exit_status for kind in kinds}
    assert str(TOO_LARGE) in [row[0] for row in rows]
    named = [name for row in rows for name in re.findall("`([a-z-]+)`", row[0])]
    assert sorted(named) == sorted(COMMANDS)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_commands_of_the_documents_exist(document: Path) -> None:
    text = document.read_text("utf-8")
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    assert [link for link in links if link and not (document.parent / link).exists()] == []
    named = set(re.findall(r"(?:`|bin/)flatrender ([a-z]+)", text))
    assert named - set(COMMANDS) == set()
