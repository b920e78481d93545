"""What visitors see in place of a page where a host leads to no site, or to one that is suspended.

The API says the same as a problem, by itself. Scripts and styles are everybody's: only pages are asked for.
"""

import re
from html import escape
from http.cookies import CookieError, SimpleCookie

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from flatrender.core.db import get_database
from flatrender.core.errors import FlatRenderError
from flatrender.tenants import sites
from flatrender.ui.catalogues import DIRECTIONS, say

_PAGE = re.compile(r"/(?!api/|health$|metrics$|_event|_upload|ping$)[^.]*|/tenant\.(?:css|js)")
_KINDS = {"unknown-host": ("unknown", 404), "site-suspended": ("suspended", 403)}


class Gate:
    """ASGI middleware around the pages."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _PAGE.fullmatch(scope["path"]):
            headers = Headers(scope=scope)
            refused = await run_in_threadpool(_refusal, headers.get("host", ""))
            if refused is not None and refused.code in _KINDS:
                # A site that speaks Persian alone says so in Persian.
                spoken, wanted = refused.details.get("languages"), _language(headers)
                language = spoken[0] if isinstance(spoken, list) and wanted not in spoken else wanted
                await closed(refused.code, language)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def closed(code: str, language: str) -> HTMLResponse:
    """The page, whole in itself: nothing of any site is loaded."""
    kind, status = _KINDS[code]
    title, words = (escape(say(language, f"gate.{kind}{part}")) for part in ("_title", ""))
    html = (
        f'<!doctype html><html lang="{language}" dir="{DIRECTIONS[language]}"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{title}</title><style>:root{{color-scheme:light dark}}body{{margin:0;min-block-size:100dvh;"
        "display:grid;place-content:center;font:16px/1.6 system-ui,sans-serif;padding:24px}main{max-inline-size:30rem}"
        f"h1{{font-size:26px;line-height:1.3;margin:0 0 12px}}p{{margin:0;opacity:.8}}</style>"
        f"<main><h1>{title}</h1><p>{words}</p></main></html>"
    )
    return HTMLResponse(html, status, headers={"Cache-Control": "no-store"})


def _refusal(host: str) -> FlatRenderError | None:
    try:
        with get_database().system_session(read_only=True) as session:
            sites.resolve(session, host)
    except FlatRenderError as error:
        return error
    return None


def _language(headers: Headers) -> str:
    try:
        chosen = SimpleCookie(headers.get("cookie", "")).get("fr_language")
    except CookieError:
        chosen = None
    wanted = chosen.value if chosen else headers.get("accept-language", "")
    return "fa" if wanted.startswith("fa") else "en"
