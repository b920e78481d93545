"""A studio elsewhere, over its REST API: `--server URL` with an API key, or FLATRENDER_SERVER and FLATRENDER_KEY. Where
several sites are asked at one address, `--app NAME` or FLATRENDER_APP says which (the header `X-App`).

Names below `localhost` mean this machine (RFC 6761), as in browsers: whether or not its resolver knows them, the
loopback is asked, by that name.

The key goes to that one host: redirects are told and never followed. Certificates are checked against
those that the system trusts (or SSL_CERT_FILE). What is refused becomes the error that it was over there.
"""

import argparse
import hashlib
import os
import re
import socket
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import orjson

from flatrender import __version__
from flatrender.commands import here
from flatrender.core import errors
from flatrender.core.errors import FlatRenderError, InvalidInput, ProcessFailed, Unavailable
from flatrender.tenants.hosts import is_local

Json = dict[str, Any]
API = "/api/v1"
TIMEOUT = httpx.Timeout(30.0, connect=10.0)  # seconds, between two signs of life
MOST_ANSWER = 64 * 1024**2
LONGEST_SAID = 500
_APP = re.compile(r"[A-Za-z0-9-]{1,60}")
_KINDS: dict[int, type[FlatRenderError]] = {
    kind.status: kind
    for kind in (
        *(errors.InvalidInput, errors.TooLarge, errors.NotFound, errors.Forbidden, errors.NotSignedIn),
        *(errors.Conflict, errors.Changed, errors.RateLimited, errors.Unavailable, errors.NoSpace),
    )
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--server`, `--key` and `--app`."""
    parser.add_argument("--server", metavar="URL", help="a studio elsewhere (default: FLATRENDER_SERVER, else none)")
    parser.add_argument(
        "--key", metavar="KEY", help="an API key of it; better in FLATRENDER_KEY, where others do not see it"
    )
    parser.add_argument("--app", metavar="NAME", help="which of its sites (default: FLATRENDER_APP)")


def server(arguments: argparse.Namespace) -> "Server | None":
    """The studio elsewhere that is meant, None for the one of this machine. Raises InvalidInput."""
    if arguments.data and (arguments.server or arguments.key or arguments.app):
        raise InvalidInput("Give --server for a studio elsewhere, or --data for the one here, not both.")
    url = arguments.server or ("" if arguments.data else os.environ.get("FLATRENDER_SERVER", ""))
    if not url:
        for name in ("key", "app"):
            if getattr(arguments, name):
                said = f"--{name} is for a studio elsewhere; say which with --server or FLATRENDER_SERVER."
                raise InvalidInput(said)
        return None
    key = (arguments.key or os.environ.get("FLATRENDER_KEY", "")).strip()
    if not key:
        raise InvalidInput("Give an API key of that studio in FLATRENDER_KEY; its page “API keys” makes one.")
    return Server(url, key, (arguments.app or os.environ.get("FLATRENDER_APP", "")).strip())


class Server:
    """The API of a studio elsewhere, asked with one key. `app`: which of its sites, where the address does not say."""

    def __init__(self, url: str, key: str, app: str = "") -> None:
        """Raises InvalidInput for what is no address of a studio, no key or no site's name."""
        address = _address(url)
        if not key.isascii() or not key.isprintable() or " " in key:
            raise InvalidInput("That is no API key; they begin with fr_.", field="key")
        if app and not _APP.fullmatch(app):
            raise InvalidInput("A site is named by its short name, such as films, or its id.", field="app")
        self.app = app
        self.address, self.host = str(address).rstrip("/"), address.netloc.decode()
        if address.scheme == "http" and not _is_here(address.host):
            print(f"flatrender: {self.host} is asked without encryption; others may read the key.", file=sys.stderr)
        headers = {"Authorization": f"Bearer {key}", "User-Agent": f"flatrender/{__version__}"}
        if app:
            headers["X-App"] = app
        trusted = ssl.create_default_context()
        self._extensions: Json = {}
        if is_local(address.host):
            headers["Host"], self._extensions = self.host, {"sni_hostname": address.host}
            address = address.copy_with(host="localhost")
        self._client = httpx.Client(base_url=address, headers=headers, timeout=TIMEOUT, verify=trusted)

    def close(self) -> None:
        self._client.close()

    def get(self, *path: str, **wanted: Any) -> Json:
        """What the API answers at a path below `/api/v1`."""
        return self._asked("GET", path, params=wanted)

    def post(self, *path: str, **body: Any) -> Json:
        """The same for a change."""
        return self._asked("POST", path, json=body)

    def save(self, into: Path, *path: str, **wanted: Any) -> None:
        """Writes a file of the API. Raises Unavailable for one that did not come whole, OSError where it cannot be."""
        digest = hashlib.sha256()
        with self._answer("GET", path, params=wanted) as answer:
            with into.open("wb") as file:
                for part in answer.iter_bytes():
                    digest.update(part)
                    file.write(part)
            said = answer.headers.get("x-content-sha256")
        if said and said != digest.hexdigest():
            raise Unavailable(f"{self.host} sent a damaged file; try again.", code="damaged")

    def _asked(self, method: str, path: tuple[str, ...], **sent: Any) -> Json:
        with self._answer(method, path, **sent) as answer:
            found = _json(_bounded(answer))
        if not isinstance(found, dict):
            raise self._stranger()
        return found

    @contextmanager
    def _answer(self, method: str, path: tuple[str, ...], **sent: Any) -> Iterator[httpx.Response]:
        """An answer that says yes. Raises what the server says otherwise, Unavailable where it says nothing."""
        address = "/".join((API, *(quote(part, safe="") for part in path)))
        try:
            with self._client.stream(method, address, extensions=self._extensions, **sent) as answer:
                if not answer.is_success:
                    raise self._refusal(answer)
                yield answer
        except httpx.TimeoutException:
            raise Unavailable(f"{self.host} did not answer in time.", code="no-answer") from None
        except httpx.HTTPError as error:
            if _is_unknown_name(error):
                said = f"This machine finds no {self.host}; is the address right?"
                if not self.app:
                    said += " A site is also asked at the house's own address: --server ADDRESS --app SHORT-NAME."
                raise Unavailable(said, code="no-answer") from None
            why = here.printable(str(error)) or type(error).__name__
            raise Unavailable(f"{self.host} did not answer: {why}", code="no-answer") from None

    def _refusal(self, answer: httpx.Response) -> FlatRenderError:
        if answer.is_redirect:
            place = here.printable(answer.headers.get("location", "elsewhere"))[:LONGEST_SAID]
            said = f"{self.host} sends us on to {place}. Nothing was sent there; give the right address with --server."
            return ProcessFailed(said, code="redirects")
        said = _json(_bounded(answer))
        if not isinstance(said, dict) or not isinstance(said.get("detail"), str):
            return self._stranger(answer.status_code)
        kind = _KINDS.get(answer.status_code, FlatRenderError)
        error = kind(here.printable(said["detail"])[:LONGEST_SAID], code=str(said.get("code", kind.code)))
        if (after := answer.headers.get("retry-after", "")).isdecimal():
            error.details["retry_after"] = int(after)
        return error

    def _stranger(self, status: int | None = None) -> FlatRenderError:
        if status is not None and status >= 500:
            return Unavailable(f"{self.host} is out of order just now ({status}); try again in a moment.")
        return ProcessFailed(f"{self.host} does not answer as a FlatRender studio does; is the address right?")


def _address(given: str) -> httpx.URL:
    try:
        url = httpx.URL(given.strip())
    except httpx.InvalidURL:
        url = httpx.URL("")
    more = url.path != "/" or url.query or url.fragment or url.userinfo
    if url.scheme not in {"http", "https"} or not url.host or "%" in url.host or more:
        raise InvalidInput("Give the studio's address alone, as in https://films.example.com.", field="server")
    return url


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return is_local(host)


def _is_unknown_name(error: BaseException | None) -> bool:
    while error is not None and not isinstance(error, socket.gaierror):
        error = error.__cause__ or error.__context__
    return error is not None


def _bounded(answer: httpx.Response) -> bytes:
    whole = bytearray()
    for part in answer.iter_bytes():
        whole += part
        if len(whole) > MOST_ANSWER:
            raise ProcessFailed("The answer is larger than any that a studio gives.", code="too-large")
    return bytes(whole)


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
