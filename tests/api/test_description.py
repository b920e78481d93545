"""The description of the API: its examples are what the routes take, and its page asks nobody else."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator

from flatrender.access.models import Role
from flatrender.api.description import describe
from flatrender.api.examples import ANSWERS, REQUESTS
from flatrender.notifications.webhooks import EVENTS
from tests.api.conftest import SignedIn, one_api

SAID = describe(one_api().openapi())


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
