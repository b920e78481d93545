"""How a route is found, and run: in one thread, from who asks to the commit.

It is found among those that begin with the same word: FastAPI tries all of every router before it, twice.

FastAPI takes each dependency and each route that is no coroutine to a thread of its own, one after the other, and back:
five changes of thread a request, as long as the work of many. Here all of it is one turn in one thread. Nothing may
wait for the event loop there: what does (a route that is a coroutine, a file that is received) is run as FastAPI does.
"""

import asyncio
import inspect
from collections.abc import Callable, Coroutine, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import cache
from typing import Any, ParamSpec, TypeVar

from fastapi import HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import (
    _FASTAPI_EFFECTIVE_ROUTE_CONTEXT_KEY as CONTEXT,
)
from fastapi.routing import (
    _FASTAPI_INCLUDED_ROUTER_KEY as INCLUDED,
)
from fastapi.routing import (
    _FASTAPI_SCOPE_KEY as OF_FASTAPI,
)
from fastapi.routing import APIRoute, APIRouter, _effective_route_context_var, _IncludedRouter
from starlette.requests import ClientDisconnect
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from flatrender.core.errors import InvalidInput

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
P = ParamSpec("P")
T = TypeVar("T")
PAGING = ("cursor", "after", "offset", "page")
_opened: ContextVar[ExitStack] = ContextVar("opened")
"""What the request of this thread has opened, and closes at its end."""


async def in_a_thread(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs what would hold the event loop up: here, where this is a thread of its own already."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return call(*args, **kwargs)
    return await run_in_threadpool(call, *args, **kwargs)


def _refuser(dependant: Dependant) -> Callable[[Request], None]:
    """Refuses a way of paging that the route has not: it would answer the first page for ever."""
    known = {field.alias for field in get_flat_params(dependant) if isinstance(field.field_info, Query)}
    way = next((f"page it with “{each}”" for each in PAGING if each in known), "it has no pages")
    unknown = [each for each in PAGING if each not in known]

    def refuse(request: Request) -> None:
        if not request.scope["query_string"]:
            return
        for name in unknown:
            if name in request.query_params:
                raise InvalidInput(f"This takes no “{name}”: {way}.", field=name, code="no-such-paging")

    return refuse


class Route(APIRoute):
    """A route of the API. Its commit is done before the answer is sent."""

    def get_route_handler(self) -> Handler:
        # A router is included: the route's dependencies are then those of the inclusion as well.
        included = _effective_route_context_var.get()
        route: Any = included if included is not None and included.original_route is self else self
        whole: Dependant = route.dependant
        refuse = _refuser(whole)
        if not _fits(whole):
            plain = super().get_route_handler()

            async def paged(request: Request) -> Response:
                refuse(request)
                return await plain(request)

            return paged
        route.dependant = _here(whole)
        try:
            handler = super().get_route_handler()
        finally:
            route.dependant = whole

        async def handled(request: Request) -> Response:
            refuse(request)
            # Programs send the header with every call, also where nothing follows it.
            if request.method not in {"GET", "HEAD"} or "content-type" in request.headers:
                try:
                    await request.body()  # kept by the request
                except ClientDisconnect:
                    raise HTTPException(400, "The body did not arrive.") from None
            return await run_in_threadpool(_run, handler, request)

        return handled


def _run(handler: Handler, request: Request) -> Response:
    with ExitStack() as stack:
        _opened.set(stack)
        running = handler(request)
        try:
            running.send(None)
        except StopIteration as done:
            answer: Response = done.value
            return answer
        running.close()
        raise RuntimeError(f"{request.scope['route'].path} waits for the event loop outside of it")


def _fits(dependant: Dependant) -> bool:
    """Whether a route, with all that it depends on, can run in one thread."""
    call = dependant.call
    return not inspect.iscoroutinefunction(call) and not inspect.isgeneratorfunction(call) and _bound(dependant)


def _bound(dependant: Dependant) -> bool:
    """Whether nothing that is opened outlives the route."""
    lasts = inspect.isgeneratorfunction(dependant.call) and dependant.scope != "function"
    return not (lasts or inspect.isasyncgenfunction(dependant.call)) and all(map(_bound, dependant.dependencies))


def _here(dependant: Dependant) -> Dependant:
    """The same, as coroutines that wait for nothing."""
    inner = [_here(each) for each in dependant.dependencies]
    return replace(dependant, call=_as_coroutine(dependant.call), dependencies=inner)


@cache
def _as_coroutine(call: Callable[..., Any]) -> Callable[..., Any]:
    # Not whether it can be called is asked, but whether an object's call is a coroutine.
    if inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(getattr(call, "__call__", None)):  # noqa: B004
        return call
    if inspect.isgeneratorfunction(call):
        opened = contextmanager(call)

        async def enter(**values: Any) -> Any:
            return _opened.get().enter_context(opened(**values))

        return enter

    async def run(**values: Any) -> Any:
        return call(**values)

    return run


class Index:
    """ASGI application in a router's place: it knows its routes by the word that follows the prefix. What fits none of
    them whole (another method, a slash too many) is the router's matter."""

    def __init__(self, router: APIRouter, prefix: str) -> None:
        self._router, self._prefix = router, prefix
        self._by_word: dict[str, list[tuple[_IncludedRouter, Any]]] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope.get("root_path") and scope["path"].startswith(self._prefix):
            for included, route in self.known(scope["path"]):
                match, found = route.matches(scope)
                if match is Match.FULL:
                    scope.update(found)
                    scope.update(router=self._router, route=route.original_route)
                    scope.setdefault(OF_FASTAPI, {}).update({INCLUDED: included, CONTEXT: route})
                    await route.app(scope, receive, send)
                    return
        await self._router.app(scope, receive, send)

    def known(self, path: str) -> Sequence[tuple[_IncludedRouter, Any]]:
        """The routes that begin with the same word, in the router's order."""
        if self._by_word is None:
            self._by_word = self._read()
        return self._by_word.get(path[len(self._prefix) :].partition("/")[0], ())

    def _read(self) -> dict[str, list[tuple[_IncludedRouter, Any]]]:
        found: dict[str, list[tuple[_IncludedRouter, Any]]] = {}
        for included in self._router.routes:
            if isinstance(included, _IncludedRouter):
                for route in included.effective_route_contexts():
                    if route.path_format.startswith(self._prefix) and isinstance(route.original_route, APIRoute):
                        word = route.path_format.removeprefix(self._prefix).partition("/")[0]
                        assert "{" not in word, "routes begin with a word"
                        found.setdefault(word, []).append((included, route))
        return found
