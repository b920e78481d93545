"""The description of the API: its examples are what the routes take, and its page asks nobody else."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator

from flatrender.access.models import Role
from flatrender.api.description import describe
from flatrender.api.examples import ANSWERS, REQUESTS
from flatrender.api.summaries import SUMMARIES
from flatrender.notifications.webhooks import EVENTS
from tests.api.conftest import SignedIn, one_api

SAID = describe(one_api().openapi())


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, of_path in SAID["paths"].items():
        for method, said in of_path.items():
            yield f"{method.upper()} {path}", said


def test_each_operation_says_what_it_does_to_what() -> None:
    called = [(said["summary"], named) for named, said in operations()]
    few = [each for each in called if " " not in each[0]]
    assert not few, "a verb and a noun"
    counted = Counter(summary for summary, _ in called)
    assert [each for each in called if counted[each[0]] > 1] == []
    assert set(SUMMARIES) <= {named for named, _ in operations()} | {"GET /api/health"}


def test_each_parameter_has_one_type_and_paging_is_explained() -> None:
    parameters = [(named, each) for named, said in operations() for each in said.get("parameters", ()) if "in" in each]
    assert [
        (named, each["name"]) for named, each in parameters if "/api/v1/" in named and "anyOf" in each["schema"]
    ] == []
    assert all(each.get("description") for named, each in parameters if each["name"] in {"offset", "cursor"})


@pytest.mark.parametrize("address", ["templates?after=zzz", "projects?after=zzz", "renders?offset=5", "keys?page=2"])
def test_a_way_of_paging_that_a_list_has_not_is_refused(signed_in: SignedIn, address: str) -> None:
    refused = signed_in().get(f"/api/v1/{address}")
    name = address.partition("?")[2].partition("=")[0]
    assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (422, "no-such-paging", name)


@pytest.mark.parametrize("named", REQUESTS)
def test_an_example_is_what_the_route_takes(named: str) -> None:
    method, path = named.split(" ")
    body: dict[str, Any] = SAID["paths"][path][method.lower()]["requestBody"]["content"]["application/json"]
    schema = {**body["schema"], "components": SAID["components"]}
    assert not list(Draft202012Validator(schema).iter_errors(REQUESTS[named]))
    if "$ref" in body["schema"]:
        known = SAID["components"]["schemas"][body["schema"]["$ref"].rpartition("/")[2]]["properties"]
        assert set(REQUESTS[named]) <= set(known)
    assert body["examples"]["example"]["value"] == REQUESTS[named]


def test_what_is_sent_and_answered_is_as_in_the_examples(signed_in: SignedIn) -> None:
    me = signed_in(Role.ADMIN)
    assert me.patch("/api/v1/auth/me", json=REQUESTS["PATCH /api/v1/auth/me"]).status_code == 204
    for named in ("POST /api/v1/media/folders", "POST /api/v1/keys"):
        answer = me.post(named.removeprefix("POST "), json=REQUESTS[named])
        assert answer.status_code in {200, 201, 202}, f"{named}: {answer.text}"
    assert set(REQUESTS["POST /api/v1/webhooks"]["events"]) <= set(EVENTS)
    for named, said in ANSWERS.items():
        answer = me.get(named.removeprefix("GET ")).json()
        assert set(said) <= set(answer), named
        if isinstance(answer.get("items"), list) and answer["items"]:
            assert set(said["items"][0]) <= set(answer["items"][0]), named


def test_the_description_is_in_the_name_of_the_site(client: TestClient) -> None:
    said = client.get("/api/openapi.json").json()
    assert (said["openapi"].rpartition(".")[0], said["info"]["title"], said["servers"][0]["url"]) == (
        "3.1",
        "FlatRender",
        "/",
    )
