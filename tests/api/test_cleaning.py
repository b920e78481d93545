"""Odd but ordinary input is an answer of 4xx or a cleaned text, never a 500."""

import base64

import pytest

from flatrender.access.models import Role
from flatrender.api.cleaning import clean, clean_text
from flatrender.core.errors import InvalidInput
from tests.api.conftest import SignedIn

HUGE = 10**30
NESTED = base64.urlsafe_b64encode(b"[" * 1400).decode()


def test_texts_lose_what_nothing_can_carry() -> None:
    assert clean_text("a\0b\ud83dc 😀 سلام") == "ab\ufffdc 😀 سلام"
    body = {"na\0me": ["x\udc00", {"deep": "\0"}], "count": 5, "share": 0.5, "none": None, "yes": True}
    assert clean(body) is body
    assert body == {"name": ["x\ufffd", {"deep": ""}], "count": 5, "share": 0.5, "none": None, "yes": True}


@pytest.mark.parametrize("number", [HUGE, -HUGE, float("inf"), float("nan")])
def test_numbers_that_are_none_are_refused(number: float) -> None:
    with pytest.raises(InvalidInput):
        clean({"ops": [{"index": number}]})


@pytest.mark.parametrize(
    "address",
    [
        f"/api/v1/projects?offset={HUGE}",
        f"/api/v1/templates?offset={HUGE}",
        f"/api/v1/media/cleanup?days={10**7}",
        f"/api/v1/renders?cursor={NESTED}",
        f"/api/v1/media?offset={HUGE}",
        f"/api/v1/projects/x/edits?after={HUGE}",
        f"/api/v1/renders/x/log?after={HUGE}",
    ],
)
def test_numbers_beyond_64_bits_in_addresses(signed_in: SignedIn, address: str) -> None:
    answer = signed_in().get(address)
    assert answer.status_code in {400, 422}, answer.text
    assert answer.json()["code"] == "invalid-input"


def test_numbers_beyond_64_bits_in_paths(signed_in: SignedIn) -> None:
    assert signed_in().post(f"/api/v1/projects/x/versions/{HUGE}/restore").status_code == 422


@pytest.mark.parametrize("text", ["%00", "a%00b"])
def test_nul_in_a_search(signed_in: SignedIn, text: str) -> None:
    assert signed_in().get(f"/api/v1/projects?q={text}").status_code in {200, 422}


def test_texts_are_clean_before_a_route_sees_them(signed_in: SignedIn) -> None:
    designer = signed_in(Role.ADMIN)
    body = b'{"template_id": "x\\u0000\\ud83d", "name": "half \\ud83d"}'
    answer = designer.post("/api/v1/projects", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 404, answer.text


def test_a_kind_of_body_where_none_follows(signed_in: SignedIn) -> None:
    answer = signed_in().get("/api/v1/projects", headers={"content-type": "application/json"})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    "body",
    [b'{"op_id": "a", "base_revision": 1e999, "ops": [{}]}', b'{"a": 1' + b"0" * 400 + b"}", b"{", b"[" * 100_000],
)
def test_bodies_that_make_no_sense(signed_in: SignedIn, body: bytes) -> None:
    answer = signed_in().post("/api/v1/projects/x/ops", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in {400, 422}, answer.text
