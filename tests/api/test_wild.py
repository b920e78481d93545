"""Whatever stands in a field, an answer is one of ours: every field and every query of every route, with wild values.

The routes and their fields come from the application's own description; ids are real, so that what lies behind them is
reached. Which values meet which field is drawn with a fixed seed, others of the same list on another day of work.
"""

import json
import random
import re
from collections.abc import Iterator
from typing import Any

from fastapi.testclient import TestClient

from flatrender.access.models import Role
from flatrender.core.db import DEFAULT_TENANT, Database
from tests.api.conftest import SignedIn
from tests.api.test_isolation import BODIES, DESCRIPTION, FILES, METHODS, PLAIN, TUS, World, example
from tests.projects.conftest import drawn_at_once, made_projects, promo, scanned_once, template_first

__all__ = ["drawn_at_once", "made_projects", "promo", "scanned_once", "template_first"]
Json = dict[str, Any]
WILD: tuple[Any, ...] = (
    *(
        "",
        " ",
        "\0",
        "x" * 5000,
        "سلام 😀 \u202e",
        "../../etc/passwd",
        "%00",
        "=1+1",
        "2026-13-45T99:99:99Z",
        "http://[",
    ),
    *(-1, 0, 2**31, 2**63, 1e308, True, None, [], {}, [[]], ["x"] * 200, {"a": {"b": "c"}}, [None], "0" * 32),
)
EXTREME = ("0001-01-05", "0001-01-01T00:00:00+14:00", "9999-12-31", "9999-12-31T23:59:59-14:00")  # of all that is dated
EACH = 2  # values a field
# They would end the test's own session, or the machine's.
LEFT_OUT = re.compile(r"/auth/(sign-out|delete|sessions)|/farm/(update|restart)|/events$")


def fields(schema: Json) -> Iterator[tuple[str, Json]]:
    if "$ref" in schema:
        schema = DESCRIPTION["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for choice in ("anyOf", "oneOf", "allOf"):
        for part in schema.get(choice, ()):
            yield from fields(part)
    yield from schema.get("properties", {}).items()


def values(schema: Json, drawn: list[Any]) -> tuple[Any, ...]:
    return (*drawn, *(EXTREME if '"format": "date' in json.dumps(schema) else ()))


def requests(ids: Json, draw: random.Random) -> Iterator[tuple[str, str, Json]]:
    """Route, address and what is sent."""
    for path, operations in DESCRIPTION["paths"].items():
        address = re.sub(r"\{(\w+)\}", lambda name: str({**PLAIN, **ids}.get(name[1], "0" * 32)), path)
        for method in METHODS:
            route = f"{method.upper()} {path}"
            if method not in operations or method == "delete" or LEFT_OUT.search(path) or route in FILES:
                continue
            operation = operations[method]
            headers = TUS if "/uploads" in path else {}
            queries = {each["name"]: each for each in operation.get("parameters", ()) if each["in"] == "query"}
            needed = {name: example(each["schema"]) for name, each in queries.items() if each.get("required")}
            for name in queries:
                drawn = draw.sample([each for each in WILD if isinstance(each, str | int)], EACH)
                for value in values(queries[name]["schema"], drawn):
                    yield route, address, {"params": {**needed, name: value}, "headers": headers}
            schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            if schema is None:
                continue
            least = BODIES.get(route) or example(schema)
            for name, kind in dict(fields(schema)).items():
                for value in values(kind, draw.sample(WILD, EACH)):
                    yield route, address, {"json": {**least, name: value}, "params": needed, "headers": headers}
            yield route, address, {"json": draw.choice(WILD), "params": needed, "headers": headers}


def test_no_field_breaks_the_house(signed_in: SignedIn, installation: Database, promo: str) -> None:
    owner = signed_in(Role.PLATFORM_ADMIN, email="admin@example.com")
    ids = World(owner, installation, promo, DEFAULT_TENANT, "admin@example.com").ids
    quiet = TestClient(owner.app, base_url=owner.base_url, cookies=owner.cookies, raise_server_exceptions=False)
    broken: list[str] = []
    count = 0
    for route, address, sent in requests(ids, random.Random(5)):
        method = route.partition(" ")[0]
        answer = quiet.request(method, address, **sent)
        count += 1
        if answer.status_code >= 500:
            broken.append(f"{route} {address} {str(sent)[:200]}: {answer.status_code} {answer.text[:200]}")
        if answer.status_code >= 400 and method != "HEAD":
            assert {"title", "status", "code", "detail"} <= answer.json().keys(), address
    assert count > 400
    assert not broken, "\n".join(broken)
