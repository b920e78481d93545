"""The host that the visitor asked for: `X-Forwarded-Host` counts from trusted proxies alone, and replaces `Host`."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

from flatrender.api.dependencies import is_trusted_proxy

FORWARDED = "x-forwarded-host"


class Forwarded:
    """ASGI middleware, the outermost: whoever reads `Host` below it reads the truth."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"} and FORWARDED in Headers(scope=scope):
            scope = {**scope, "headers": list(scope["headers"])}
            headers = MutableHeaders(scope=scope)
            # The nearest proxy's word is the last of the list; what a visitor wrote stands before it.
            said = ", ".join(headers.getlist(FORWARDED)).rpartition(",")[2].strip()
            del headers[FORWARDED]
            if said and is_trusted_proxy((scope.get("client") or ("",))[0]):
                headers["host"] = said
        await self.app(scope, receive, send)
