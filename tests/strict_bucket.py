"""A real S3 server in this process, with what moto leaves out: rights, quotas and days on which it is overrun."""

from collections.abc import Callable, Iterable
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.server import ThreadedMotoServer
from werkzeug.serving import make_server

Refuses = Callable[[str, str], tuple[int, str] | None]
"""By method and path: the status and code with which the store refuses; None where it does as it is asked."""


class StrictBucket(ThreadedMotoServer):
    """`lists`: whether who asks may list it; to others Amazon says 403 of what is absent."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(ip_address="127.0.0.1", port=port, verbose=False)
        self.lists = True
        self.refuses: Refuses = lambda method, path: None

    def _server_entry(self) -> None:
        app = DomainDispatcherApplication(create_backend_app)

        def strict(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            method = environ["REQUEST_METHOD"]
            if (refused := self.refuses(method, environ["PATH_INFO"])) is not None:
                status, code = refused
                environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
                start_response(f"{status} Refused", [("Content-Type", "application/xml")])
                said = f"<Error><Code>{code}</Code><Message>{code}</Message></Error>"
                return [] if method == "HEAD" else [said.encode()]

            def start(status: str, *more: Any) -> Any:
                absent = method == "HEAD" and status.startswith("404") and not self.lists
                return start_response("403 Forbidden" if absent else status, *more)

            found: Iterable[bytes] = app(environ, start)
            return found

        self._server = make_server(self._ip_address, self._port, strict, True, request_handler=MotoRequestHandler)
        self._server_ready_event.set()
        self._server.serve_forever()
