"""Values that JSON allows and no film has: refused beside the field, or cleaned."""

import pytest

from flatrender.core.errors import InvalidInput
from flatrender.projects import reading
from flatrender.projects.edits import arguments
from flatrender.projects.items import SceneClip

ODD = [float("inf"), float("-inf"), float("nan"), 1e300, 10**30, 2.5, True, "3"]


@pytest.mark.parametrize("value", ODD)
def test_frames_are_whole_numbers(value: object) -> None:
    assert not reading.is_whole(value)
    with pytest.raises(InvalidInput, match="no scene clip"):
        SceneClip.read({"id": "c", "scene": "s", "duration": value})
    with pytest.raises(InvalidInput, match="a whole number"):
        arguments.count({"index": value}, "index")


@pytest.mark.parametrize("value", [float("inf"), float("nan"), 1e300, 10**400, True, "3", None, [1]])
def test_other_numbers_are_finite(value: object) -> None:
    with pytest.raises(ValueError, match="a number from 0 to 2"):
        reading.volume(value)


def test_a_browsers_number_is_whole() -> None:
    assert SceneClip.read({"id": "c", "scene": "s", "duration": 25.0}).duration == 25


def test_half_an_emoji_and_nul_in_a_text(me, promo) -> None:
    opened = me.post("/api/v1/projects", json={"template_id": promo}).json()
    project = opened["id"]
    clip = me.get(f"/api/v1/projects/{project}").json()["document"]["tracks"][0]["items"][0]["id"]
    body = (
        '{"op_id": "odd", "base_revision": 0, "ops": '
        f'[{{"op": "set_value", "clip": "{clip}", "key": "title", "value": "a\\u0000b\\ud83d"}}]}}'
    )
    sent = {"content": body.encode(), "headers": {"content-type": "application/json"}}
    answer = me.post(f"/api/v1/projects/{project}/ops", **sent)
    assert answer.status_code == 200, answer.text
    values = me.get(f"/api/v1/projects/{project}").json()["document"]["tracks"][0]["items"][0]["values"]
    assert values["title"] == "ab\ufffd"
    assert me.get(f"/api/v1/projects/{project}/edits?after=0").status_code == 200
