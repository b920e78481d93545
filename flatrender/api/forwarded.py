"""The host that the visitor asked for, and whether over TLS: `X-Forwarded-Host` and `X-Forwarded-Proto` count from
trusted proxies alone, and replace `Host` and the connection's scheme."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

from flatrender.api.dependencies import is_trusted_proxy

HOST, PROTO = "x-forwarded-host", "x-forwarded-proto"
SCHEMES = {"http": {"http": "http", "https": "https"}, "websocket": {"http": "ws", "https": "wss"}}


class Forwarded:
    """ASGI middleware, the outermost: whoever reads `Host` or the scheme below it reads the truth."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in SCHEMES and (HOST in (given := Headers(scope=scope)) or PROTO in given):
            scope = {**scope, "headers": list(scope["headers"])}
            headers = MutableHeaders(scope=scope)
            host, proto = _last(headers, HOST), _last(headers, PROTO)
            del headers[HOST]
            del headers[PROTO]
            if is_trusted_proxy((scope.get("client") or ("",))[0]):
                if host:
                    headers["host"] = host
                scope["scheme"] = SCHEMES[scope["type"]].get(proto.lower(), scope.get("scheme", "http"))
        await self.app(scope, receive, send)


def _last(headers: Headers, name: str) -> str:
    """The nearest proxy's word is the last of the list; what a visitor wrote stands before it."""
    return ", ".join(headers.getlist(name)).rpartition(",")[2].strip()
