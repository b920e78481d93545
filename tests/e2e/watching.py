"""What every browser test asserts without saying so: nothing is asked of another origin, no script fails."""

from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, WebError, WebSocket

LOCAL_SCHEMES = {"data", "blob", "about"}
# Chromium says these in the console for answers that tests provoke on purpose.
EXPECTED = ("Failed to load resource: the server responded with a status of",)
AWAY = "net::ERR_INTERNET_DISCONNECTED"  # a test has cut the network


class Watch:
    """Listens to a browser context from its first request on."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self._origin = urlsplit(url).netloc
        self.foreign: list[str] = []
        self.errors: list[str] = []
        context.on("request", self._request)
        context.on("weberror", self._error)
        context.on("console", self._console)
        context.on("page", lambda page: page.on("websocket", self._socket))

    def check(self) -> None:
        """Raises AssertionError for what was seen."""
        assert not self.foreign, f"requests left the origin: {self.foreign}"
        assert not self.errors, f"scripts failed: {self.errors}"

    def check_anew(self) -> None:
        """Raises for what was seen since it was asked last."""
        try:
            self.check()
        finally:
            self.foreign.clear()
            self.errors.clear()

    def _request(self, request: Request) -> None:
        self._address(request.url)

    def _socket(self, socket: WebSocket) -> None:
        self._address(socket.url)

    def _address(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in LOCAL_SCHEMES and parts.netloc != self._origin:
            self.foreign.append(url)

    def _error(self, error: WebError) -> None:
        self.errors.append(str(error.error))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(EXPECTED) and AWAY not in message.text:
            self.errors.append(message.text)
