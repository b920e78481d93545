"""Scripts beside Python modules reach the pages' build as links."""

from pathlib import Path

import pytest

from flatrender.ui.components import film
from flatrender.ui.components import live as package
from flatrender.ui.scripts import script

UI = Path(__file__).resolve().parents[2] / "flatrender"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "assets/external/flatrender/ui/components"


def test_a_script_is_linked_below_its_modules_name(place: Path) -> None:
    assert script(str(package.__file__), "live.js") == "$/public/external/flatrender/ui/components/live/live.js"
    assert (place / "live/live.js").resolve() == UI / "ui/components/live/live.js"
    assert script(str(film.__file__), "film.jsx") == "$/public/external/flatrender/ui/components/film/film.jsx"
    assert (place / "film/film.jsx").resolve() == UI / "ui/components/film.jsx"


def test_a_link_that_leads_elsewhere_is_mended_and_one_that_is_right_is_left(place: Path) -> None:
    link = place / "live/live.js"
    link.parent.mkdir(parents=True)
    link.symlink_to("/nowhere")
    script(str(package.__file__), "live.js")
    mended = link.lstat()
    script(str(package.__file__), "live.js")
    assert link.lstat().st_ino == mended.st_ino
    assert [each.name for each in link.parent.iterdir()] == ["live.js"]


def test_a_script_that_is_not_there_is_said() -> None:
    with pytest.raises(FileNotFoundError, match=r"nothing\.js"):
        script(str(package.__file__), "nothing.js")


def test_no_module_asks_reflex_for_its_scripts() -> None:
    """It would look at the sources of all callers: a start would take half a minute."""
    assert not [file for file in UI.rglob("*.py") if "rx.asset(" in file.read_text("utf-8")]
