"""The description of the API (OpenAPI 3.1): what the routes say of themselves, and what is true of all of them."""

from collections.abc import Iterator
from typing import Any

from flatrender.api.examples import ANSWERS, REQUESTS

Json = dict[str, Any]

PARAMETERS: dict[str, Json] = {
    "fields": {
        "name": "fields",
        "in": "query",
        "description": "Only these parts of the answer, of a list of each item: `id,name`; also `project.name`.",
        "schema": {"type": "string", "maxLength": 3000},
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "A tag that an earlier answer had: 304 without a body while nothing has changed.",
        "schema": {"type": "string"},
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "description": "The tag of what is changed, as it was read: 412 where it has been changed since.",
        "schema": {"type": "string"},
    },
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Done once under this key, within a day; sent again, it is answered as before.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 100},
    },
}
TAG: Json = {"description": "What is read, by its content; see `If-None-Match`.", "schema": {"type": "string"}}
SECURITY: dict[str, Json] = {
    "key": {"type": "http", "scheme": "bearer", "description": "An API key: `fr_…`."},
    "token": {"type": "apiKey", "in": "header", "name": "X-API-Token", "description": "An API key."},
    "session": {"type": "apiKey", "in": "cookie", "name": "fr_session", "description": "Who is signed in here."},
}


def describe(said: Json) -> Json:
    """`said`, what the routes say, with what holds for all of them. Not changed itself."""
    components = said.get("components", {})
    return {
        **said,
        "paths": {path: _path(path, operations) for path, operations in said["paths"].items()},
        "components": {**components, "parameters": PARAMETERS, "securitySchemes": SECURITY},
        "servers": [{"url": "/", "description": "This site"}],
        "security": [{"key": []}, {"token": []}, {"session": []}],
    }


def _path(path: str, operations: Json) -> Json:
    ours = path.startswith("/api/v1/")
    return {
        method: _operation(method, f"{method.upper()} {path}", said) if ours else said
        for method, said in operations.items()
    }


def _operation(method: str, named: str, said: Json) -> Json:
    responses: Json = dict(said["responses"])
    if named in REQUESTS:
        said = {**said, "requestBody": _with_example(said["requestBody"], REQUESTS[named])}
    if named in ANSWERS:
        responses["200"] = _with_example(responses["200"], ANSWERS[named])
    if method == "get" and "application/json" in responses.get("200", {}).get("content", {}):
        responses["200"] = {**responses["200"], "headers": {"ETag": TAG}}
        responses["304"] = {"description": "Not changed since."}
    return {**said, "parameters": [*said.get("parameters", ()), *_parameters(method, said)], "responses": responses}


def _with_example(body: Json, example: Any) -> Json:
    content = body["content"]
    json = {**content["application/json"], "examples": {"example": {"value": example}}}
    return {**body, "content": {**content, "application/json": json}}


def _parameters(method: str, said: Json) -> Iterator[Json]:
    if method == "get":
        named = ("fields", "IfNoneMatch") if "application/json" in str(said["responses"].get("200")) else ()
    else:
        named = ("IfMatch", "IdempotencyKey")
    theirs = {each["name"].lower() for each in said.get("parameters", ()) if "name" in each}
    for name in named:
        if PARAMETERS[name]["name"].lower() not in theirs:
            yield {"$ref": f"#/components/parameters/{name}"}
