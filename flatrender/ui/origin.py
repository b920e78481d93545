"""The built page finds its server at its own address, and the server hears its own pages alone.

Reflex writes the build's host and port into the page. One build must serve every port and every host name, so after
the build the two addresses are replaced by the page's own (`location.host`)."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reflex.plugins import Plugin

from flatrender.core.errors import Unavailable
from flatrender.core.origin import is_own
from flatrender.ui.build import PLACEHOLDER_PORT

_ADDRESS = re.compile(rf"""(["'`])(ws|http)://localhost:{PLACEHOLDER_PORT}(/[^"'`]*)?\1""")


def use_own_address(script: str) -> tuple[str, int]:
    """Returns the script with the build's addresses replaced by expressions on `location`, and how many there were."""

    def expression(match: re.Match[str]) -> str:
        scheme = 'location.protocol.replace("http","ws")' if match[2] == "ws" else "location.protocol"
        return f'({scheme}+"//"+location.host+"{match[3] or ""}")'

    return _ADDRESS.subn(expression, script)


def same_origin(origin: str | None, environ: Mapping[str, object]) -> bool:
    """Whether a web socket is asked for by a page of this host; another site's page must not act with our cookie."""
    scope: Any = environ.get("asgi.scope") or {}
    return bool(origin) and is_own(str(origin), str(environ.get("HTTP_HOST", "")), scope.get("scheme", "ws"))


class OriginPlugin(Plugin):
    """Rewrites the built scripts once, after Vite and before compression."""

    def post_build(self, **context: object) -> None:
        """Raises Unavailable when the build holds no address to replace: the page would look for a foreign port."""
        replaced = 0
        for script in Path(str(context["static_dir"])).rglob("*.js"):
            text, count = use_own_address(script.read_text(encoding="utf-8"))
            if count:
                script.write_text(text, encoding="utf-8")
                replaced += count
        if not replaced:
            raise Unavailable("The built pages hold no server address. Check the pinned version of Reflex.")
