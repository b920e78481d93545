"""The description of the API (OpenAPI 3.1): what the routes say of themselves, and what is true of all of them."""

from collections.abc import Iterator
from typing import Any

from flatrender.api.errors import MEDIA_TYPE
from flatrender.api.examples import ANSWERS, REQUESTS
from flatrender.api.summaries import SUMMARIES

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
# By name and type: `after` is a number where edits and lines of a log are counted.
PAGING = {
    ("offset", "integer"): "How many of the list to leave out; there are `total`.",
    ("limit", "integer"): "How many at most.",
    ("after", "string"): "Goes on behind a page: what that one called `next`.",
    ("cursor", "string"): "Goes on behind a page: what that one called `next`.",
}
PROBLEMS: dict[str, Json] = {
    name: {
        "description": said,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for name, said in (("Refused", "What was asked cannot be done; `code` and `detail` say why."), ("Failed", "Ours."))
}
TAG: Json = {"description": "What is read, by its content; see `If-None-Match`.", "schema": {"type": "string"}}
SECURITY: dict[str, Json] = {
    "key": {"type": "http", "scheme": "bearer", "description": "An API key: `fr_…`."},
    "token": {"type": "apiKey", "in": "header", "name": "X-API-Token", "description": "An API key."},
    "session": {"type": "apiKey", "in": "cookie", "name": "fr_session", "description": "Who is signed in here."},
}


def gives(*kinds: str, ranges: bool = False) -> dict[int | str, Json]:
    """`responses` of a route that answers with a file of one of these media types; where it can, with parts of it."""
    content: Json = {kind: {} for kind in kinds}
    said: dict[int | str, Json] = {200: {"content": content}}
    if ranges:
        said[206] = {"description": "Parts of it.", "content": {**content, "multipart/byteranges": {}}}
    return said


def takes(kind: str, *, needed: bool = True) -> Json:
    """`openapi_extra` of a route whose body is a file of this media type."""
    return {"requestBody": {"required": needed, "content": {kind: {"schema": {"type": "string", "format": "binary"}}}}}


def takes_form(*texts: str, needed: bool = True) -> Json:
    """`openapi_extra` of a route that takes a multipart form: the field `file`, and short texts."""
    fields: Json = {"file": {"type": "string", "format": "binary"}}
    fields |= {name: {"type": "string", "maxLength": 200} for name in texts}
    schema = {"type": "object", "properties": fields, "required": ["file"] if needed else []}
    return {"requestBody": {"required": needed, "content": {"multipart/form-data": {"schema": schema}}}}


def describe(said: Json) -> Json:
    """`said`, what the routes say, with what holds for all of them. Not changed itself."""
    components = said.get("components", {})
    return {
        **said,
        "paths": {path: _path(path, operations) for path, operations in said["paths"].items()},
        "components": {
            **components,
            "parameters": PARAMETERS,
            "responses": PROBLEMS,
            "securitySchemes": SECURITY,
        },
        "servers": [{"url": "/", "description": "This site"}],
        "security": [{"key": []}, {"token": []}, {"session": []}],
    }


def _path(path: str, operations: Json) -> Json:
    ours = path.startswith("/api/v1/")
    found = {}
    for method, said in operations.items():
        named = f"{method.upper()} {path}"
        called = {**said, "summary": SUMMARIES.get(named, said.get("summary", "").capitalize())}
        found[method] = _refusing(_operation(method, named, called) if ours else called)
    return found


def _refusing(said: Json) -> Json:
    """An operation, with how every one of them refuses and fails. What succeeds it says itself, status by status."""
    refused, failed = ({"$ref": f"#/components/responses/{name}"} for name in PROBLEMS)
    return {**said, "responses": {**said["responses"], "4XX": refused, "5XX": failed}}


def _operation(method: str, named: str, said: Json) -> Json:
    responses: Json = dict(said["responses"])
    if named in REQUESTS:
        said = {**said, "requestBody": _with_example(said["requestBody"], REQUESTS[named])}
    if named in ANSWERS:
        responses["200"] = _with_example(responses["200"], ANSWERS[named])
    if method == "get" and "application/json" in responses.get("200", {}).get("content", {}):
        responses["200"] = {**responses["200"], "headers": {"ETag": TAG}}
        responses["304"] = {"description": "Not changed since."}
    own = [_plain(each) for each in said.get("parameters", ())]
    return {**said, "parameters": [*own, *_parameters(method, said)], "responses": responses}


def _plain(said: Json) -> Json:
    """A parameter; how lists are paged is said of each, and one that may be left out is no choice of two types: readers
    of the description show none for these."""
    schema = said.get("schema", {})
    match schema.get("anyOf"):
        case [{"type": _} as kind, {"type": "null"}]:
            schema = {**kind, **{name: value for name, value in schema.items() if name != "anyOf"}}
    told = PAGING.get((said.get("name", ""), schema.get("type", "")))
    more = {"description": told} if told and "description" not in said else {}
    return {**said, **more, **({"schema": schema} if schema else {})}


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
