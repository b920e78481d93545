"""The API keeps to its own description: every operation of it, asked with what the description allows and forbids.

schemathesis draws the requests, the same ones each time. `FLATRENDER_CONTRACT_EXAMPLES=200 python -m
pytest tests/api/test_contract.py` draws more of each operation, and others each time. Ids in addresses and bodies are
real, so that what lies behind them is reached.
"""

import os
import re
from collections import Counter
from typing import Any

import pytest
import requests
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from flatrender.access.models import Role
from flatrender.api.guard import PIECES
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.settings import get_settings
from tests.api.conftest import SignedIn
from tests.api.test_isolation import PLAIN, World
from tests.projects.conftest import drawn_at_once, made_projects, promo, scanned_once, template_first

__all__ = ["drawn_at_once", "made_projects", "promo", "scanned_once", "template_first"]

Json = dict[str, Any]
LONG = int(os.environ.get("FLATRENDER_CONTRACT_EXAMPLES", "0"))
EXAMPLES = 2  # of what takes more than an address
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
LEFT_OUT = {
    "GET /api/v1/events": "never ends; tests/api/test_wild.py and the page's tests read it",
    "POST /api/v1/auth/sign-out": "ends the session that asks",
    "POST /api/v1/auth/delete": "deletes the person who asks",
    "POST /api/v1/farm/update": "would fetch and start another version of the house",
    "POST /api/system/update/execute": "the same",
    "GET /api/v1/farm/update": "asks a repository elsewhere, which may be out of reach",
    "GET /api/system/update/check": "the same",
}
# What is made is asked before what changes it, what changes it before what takes it away; parts go before wholes.
TURNS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")


@schemathesis.serializer(PIECES)
def piece(context: Any, value: Any) -> Json:
    return {"data": value if isinstance(value, bytes) else str(value).encode()}


def turn(operation: Any) -> tuple[int, int]:
    return TURNS.index(operation.method.upper()), -operation.path.count("/")


def takes_much(operation: Any) -> bool:
    return bool(list(operation.body)) or any(each.name != "fields" for each in operation.query)


def cases(operation: Any, ids: Json) -> st.SearchStrategy[Any]:
    """Requests of an operation: most with ids that there are, fit and unfit ones."""
    named = re.findall(r"\{(\w+)\}", operation.path)
    real = {name: {**PLAIN, **ids}.get(name, "x") for name in named}
    fit, unfit = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
    ways = [operation.as_strategy(generation_mode=fit, path_parameters=real)]
    if takes_much(operation):
        ways.append(operation.as_strategy(generation_mode=unfit, path_parameters=real))
    if named:
        ways.append(operation.as_strategy(generation_mode=fit))
    return st.one_of(ways)


def known(body: Any, ids: Json) -> Any:
    """A body that names what there is."""
    if not isinstance(body, dict):
        return body
    return {key: ids[key] if key in ids and isinstance(value, str) else value for key, value in body.items()}


def test_every_operation_keeps_to_the_description(
    signed_in: SignedIn, installation: Database, promo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLATRENDER_REQUESTS_PER_MINUTE", "0")  # not counted
    get_settings.cache_clear()
    owner = signed_in(Role.PLATFORM_ADMIN, email="admin@example.com")
    other = signed_in(Role.MEMBER, email="other@example.com")
    ids = World(owner, installation, promo, DEFAULT_TENANT, "admin@example.com").ids
    ids["session_id"] = other.get("/api/v1/auth/sessions").json()["items"][0]["id"]
    ids["user_id"] = other.get("/api/v1/auth/me").json()["id"]
    api = schemathesis.openapi.from_dict(owner.get("/api/openapi.json").json())
    api.config.generation.update(with_security_parameters=False)
    # A browser that takes no cookie: whatever an answer sets, the administrator goes on asking.
    cookie = "; ".join(f"{name}={value}" for name, value in owner.cookies.items())
    broken: dict[str, str] = {}
    answered: dict[str, Counter[int]] = {}

    def ask(operation: Any) -> None:
        counted = answered.setdefault(operation.label, Counter())

        @settings(
            max_examples=LONG or (EXAMPLES if takes_much(operation) else 1),
            derandomize=not LONG,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=cases(operation, ids))
        def each(case: Any) -> None:
            case.body = known(case.body, ids)
            if "If-Match" in (case.headers or {}):
                case.headers["If-Match"] = "*"  # whatever it is like now
            sent = requests.Request(**case.as_transport_kwargs(base_url="http://testserver")).prepare()
            headers = {**sent.headers, "Cookie": cookie}
            nobody.cookies.clear()
            answer = nobody.request(sent.method, sent.url, content=sent.body, headers=headers)
            counted[answer.status_code] += 1
            case.validate_response(answer, checks=CHECKS)

        try:
            each()
        except FailureGroup as found:
            broken[operation.label] = "\n".join(str(failure) for failure in found.exceptions) + f"\n{found}"
        if LONG and not owner.get("/api/v1/auth/me").is_success:
            broken[operation.label] = f"after it the administrator is refused\n{broken.get(operation.label, '')}"

    operations = [each.ok() for each in api.get_all_operations()]
    assert set(LEFT_OUT) <= {each.label for each in operations}
    nobody = TestClient(owner.app, "http://testserver", raise_server_exceptions=False, follow_redirects=False)
    with nobody:
        for operation in sorted(operations, key=turn):
            if operation.label not in LEFT_OUT:
                ask(operation)
    assert not broken, "\n\n".join(f"{label}:\n{said}" for label, said in broken.items())
    reached = [label for label, counted in answered.items() if any(200 <= status < 400 for status in counted)]
    assert len(reached) > len(answered) * 0.5, f"only {len(reached)} of {len(answered)} were ever answered"
