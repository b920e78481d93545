"""What no route takes, and a body that is none: answered as every error is, never with a page."""

import pytest
from starlette.testclient import TestClient


@pytest.mark.parametrize("path", ["/api/v1/nosuch", "/api/v1/projects/", "/api/nosuch"])
def test_an_unknown_address(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json()["code"] == "not-found"


def test_a_method_that_an_address_does_not_take(client: TestClient) -> None:
    answer = client.put("/api/v1/projects")
    assert (answer.status_code, answer.headers["allow"], answer.json()["code"]) == (
        405,
        "GET, POST",
        "method-not-allowed",
    )


def test_a_body_that_is_not_json(client: TestClient) -> None:
    answer = client.post("/api/v1/auth/sign-in", content=b'{"email": }', headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-json")
    assert answer.json()["detail"] == "The body is not JSON: at character 10, expecting value."
