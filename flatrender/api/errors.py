"""One way to say that something went wrong: problem+json (RFC 9457) with a stable code and a sentence."""

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import DataError, IntegrityError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from flatrender.core.errors import FlatRenderError, RateLimited

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"


class Problem(BaseModel):
    """The body of every error answer."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    field: str | None = None


_BY_CODE = {"over-quota": "Used up"}  # titles that say more than the status's


def problem(status: int, code: str, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> JSONResponse:
    """An error answer."""
    titles = {401: "Sign in", 403: "Not allowed", 404: "Not found", 409: "Conflict"}
    titles |= {412: "Changed", 413: "Too large", 429: "Too many"}
    title = _BY_CODE.get(code) or titles.get(status, "Cannot be used" if status < 500 else "Failed")
    body = {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail, **more}
    return JSONResponse(body, status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def refusal(error: FlatRenderError) -> JSONResponse:
    """The answer for an error of ours."""
    wait = error.details.get("retry_after", 60 if isinstance(error, RateLimited) else None)
    headers = {} if wait is None else {"Retry-After": str(wait)}
    more = {key: value for key, value in error.details.items() if isinstance(value, str | int | float | list | dict)}
    if error.field:
        more["field"] = error.field
    return problem(error.status, error.code, error.message, headers, **more)


def answer_the_rest(app: FastAPI) -> None:
    """Errors of `/api/…` for what no route before this takes, where a page would answer in HTML."""
    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    known = list(app.routes)

    def takes(scope: Mapping[str, Any], method: str) -> bool:
        return any(route.matches({**scope, "method": method})[0] is Match.FULL for route in known)

    @app.api_route("/api/{rest:path}", methods=methods, include_in_schema=False)
    async def nowhere(request: Request) -> None:
        if allowed := [method for method in methods if takes(request.scope, method)]:
            raise HTTPException(405, headers={"Allow": ", ".join(allowed)})
        raise HTTPException(404)


def _of_two(error: IntegrityError) -> bool:
    """Whether somebody else's rows forbid it. A value that is missing or out of its bounds is a fault of ours."""
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return state in {"23505", "23503", "23P01"}  # unique, foreign key, exclusion
    return any(kind in str(error.orig) for kind in ("UNIQUE", "FOREIGN KEY"))  # SQLite's have no sqlstate


def install(app: FastAPI) -> None:
    """Registers the handlers on `app`."""

    @app.exception_handler(FlatRenderError)
    async def known(request: Request, error: FlatRenderError) -> JSONResponse:
        if error.status >= 500:
            log.error("%s %s: %s", request.method, request.url.path, error.message, exc_info=error)
        return refusal(error)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            where, why = first["loc"][-1], first["ctx"]["error"]
            said = f"The body is not JSON: at character {where}, {str(why)[:1].lower()}{str(why)[1:]}."
            return problem(422, "invalid-json", said)
        field = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0])
        errors = [{"field": ".".join(str(p) for p in e["loc"][1:]), "detail": e["msg"]} for e in error.errors()[:20]]
        return problem(422, "invalid-input", f"{field}: {first['msg']}.", field=field, errors=errors)

    @app.exception_handler(DataError)
    async def unfit(request: Request, error: DataError) -> JSONResponse:
        log.warning("%s %s: %s", request.method, request.url.path, error.orig)
        return problem(422, "invalid-input", "A value in this request is too large, or holds what cannot be kept.")

    @app.exception_handler(IntegrityError)
    async def at_once(request: Request, error: IntegrityError) -> JSONResponse:
        # Two made the same, or one changed what another took away: services look beforehand, and see only what is over.
        if not _of_two(error):
            return await unknown(request, error)
        log.warning("%s %s: %s", request.method, request.url.path, error.orig)
        said = "Somebody changed the same at this moment; nothing was done. Look at it again, then try again."
        return problem(409, "conflict", said)

    @app.exception_handler(OverflowError)
    async def overflowing(request: Request, error: OverflowError) -> JSONResponse:
        if "SQLite" in str(error):  # its driver has no DataError for a number beyond 64 bits
            return problem(422, "invalid-input", "A number in this request is too large.")
        return await unknown(request, error)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        codes = {404: "not-found", 405: "method-not-allowed", 413: "too-large"}
        details = {404: "There is nothing at this address.", 405: "This address does not take that method."}
        detail = details.get(error.status_code, str(error.detail))
        return problem(error.status_code, codes.get(error.status_code, "http-error"), detail, error.headers)

    @app.exception_handler(Exception)
    async def unknown(request: Request, error: Exception) -> JSONResponse:
        log.error("%s %s", request.method, request.url.path, exc_info=error)
        return problem(500, "error", "Something went wrong on our side; it has been logged. Try again in a moment.")
