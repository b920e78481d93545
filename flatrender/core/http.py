"""Requests to addresses that strangers gave: only to the public internet, bounded in time and size.

The name is resolved once, every address it has is checked, and the connection is made to the checked address itself, so
that a name server cannot answer differently a second time. Redirects pass the same gate. Python's own `http.client`
does the talking: it follows nothing by itself and reads no proxy settings.
"""

import contextlib
import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from flatrender.core.errors import InvalidInput, ProcessFailed, Unavailable

Networks = Sequence[IPv4Network | IPv6Network]
MOST_REDIRECTS = 3
MOST_ANSWER = 64 * 1024
LONGEST_URL = 2000
NAME_SECONDS = 10.0  # for a name server's answer
UNKNOWN_HOST = "unknown-host"  # the code of a name that nobody knows, perhaps only just now
_REPEATS = {307, 308}  # the redirects that say: the same again, over there


@dataclass(frozen=True)
class Answer:
    """What came back; `body` is bounded."""

    status: int
    body: bytes

    @property
    def fine(self) -> bool:
        return 200 <= self.status < 300


def check_address(url: str, allowed: Networks = (), *, field: str = "url", later: bool = False) -> None:
    """Raises InvalidInput for an address that `post_json` would refuse: no web address, unknown, or private. `later`: a
    name that nobody can look up just now passes, for it is looked up again when it is called."""
    parts = _parts(url, field)
    try:
        _resolve(parts, allowed, field, time.monotonic() + NAME_SECONDS)
    except (InvalidInput, Unavailable) as error:
        if not later or error.code not in {UNKNOWN_HOST, "no-answer"}:
            raise


def request(
    method: str,
    url: str,
    *,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    allowed: Networks = (),
    seconds: float = 10.0,
    secure: bool = False,
) -> Answer:
    """One request; a redirect is the answer. The whole exchange takes at most `seconds`.

    `secure`: only https, except to the `allowed` networks. Raises InvalidInput for an address that may not be reached,
    Unavailable when nobody answers in time.
    """
    deadline = time.monotonic() + seconds
    parts = _parts(url, "url")
    addresses = _resolve(parts, allowed, "url", deadline)
    if secure and parts.scheme != "https" and not all(_inside(address, allowed) for address in addresses):
        raise InvalidInput("Give an address that begins with https://.", field="url", code="not-https")
    sent = {"User-Agent": "Studio", "Accept": "*/*", **(headers or {})}
    return _exchange(parts, addresses, body, sent, deadline, method)[0]


def post_json(
    url: str,
    payload: Mapping[str, Any],
    *,
    headers: Mapping[str, str] | None = None,
    allowed: Networks = (),
    seconds: float = 10.0,
) -> Answer:
    """Posts JSON. The whole exchange takes at most `seconds`.

    `allowed`: private networks that may be reached all the same. It is repeated where 307 or 308 point to; any other
    redirect is the answer. Raises InvalidInput for an address that may not be reached, Unavailable when nobody answers
    in time, ProcessFailed for too many redirects or one from https to http.
    """
    return post(url, as_json(payload), headers=headers, allowed=allowed, seconds=seconds)


def as_json(payload: Mapping[str, Any]) -> bytes:
    """The bytes that `post_json` sends."""
    return json.dumps(payload, ensure_ascii=False).encode()


def post(
    url: str,
    body: bytes,
    *,
    headers: Mapping[str, str] | None = None,
    allowed: Networks = (),
    seconds: float = 10.0,
) -> Answer:
    """As `post_json`, with JSON that is written already."""
    deadline = time.monotonic() + seconds
    sent = {"Content-Type": "application/json", "User-Agent": "Studio", "Accept": "*/*", **(headers or {})}
    for _ in range(MOST_REDIRECTS + 1):
        parts = _parts(url, "url")
        addresses = _resolve(parts, allowed, "url", deadline)
        answer, place = _exchange(parts, addresses, body, sent, deadline)
        if answer.status not in _REPEATS or not place:
            return answer
        try:
            url = urljoin(url, place)
        except ValueError:  # such as http://[
            raise ProcessFailed(f"{(parts.hostname or '')[:100]} redirects to nowhere.", code="redirects") from None
        if parts.scheme == "https" and urlsplit(url).scheme != "https":
            raise ProcessFailed(f"{(parts.hostname or '')[:100]} redirects from https to http.", code="redirects")
        if urlsplit(url).netloc != parts.netloc:
            # What proves who we are is not for whoever the first host points at.
            sent = {name: value for name, value in sent.items() if name.lower() != "authorization"}
    raise ProcessFailed(f"{urlsplit(url).hostname} redirects more than {MOST_REDIRECTS} times.", code="redirects")


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address belongs to the public internet; an IPv4 address inside IPv6 counts as itself."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        return address in _GLOBAL_UNICAST and not _inside(address, _NOT_PUBLIC)
    return not _inside(address, _NOT_PUBLIC)


_NAT64 = IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST = IPv6Network("2000::/3")  # RFC 4291; all else of IPv6 is given out to nobody
# Written out after IANA's registries of special-purpose addresses: what the standard library says of some of them
# differs with its version, and it knows neither clouds' own addresses nor networks that were given back.
_NOT_PUBLIC: tuple[IPv4Network | IPv6Network, ...] = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # between a provider and its customers
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's own, from its machines
        "169.254.0.0/16",  # link-local, clouds' metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocols' own; 192.0.0.192 is Oracle's metadata
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # relays of 6to4, given back
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # measurements
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
        "2001::/23",  # protocols' own: Teredo, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside, whose relays are nobody's
        "2620:4f:8000::/48",  # AS112
        "3ffe::/16",  # 6bone, given back
        "3fff::/20",  # documentation
    )
)


def _parts(url: str, field: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = None, None
    usable = parts is not None and parts.scheme in {"http", "https"} and parts.hostname and port != 0
    if not usable or len(url) > LONGEST_URL or any(ord(sign) <= 32 or ord(sign) == 127 for sign in url):
        raise InvalidInput("Give an address that begins with https:// or http://.", field=field, code="link-invalid")
    assert parts is not None
    if parts.username is not None or parts.password is not None:
        said = "An address with a user name or password in it is not accepted."
        raise InvalidInput(said, field=field, code="link-account")
    return parts


def _resolve(parts: SplitResult, allowed: Networks, field: str, deadline: float) -> list[IPv4Address | IPv6Address]:
    """All addresses of the host; one that is private makes the name unusable."""
    host = parts.hostname or ""
    try:
        found = _look_up(host, parts.port or 443, deadline)
    except UnicodeError:
        raise InvalidInput(f"{host[:100]} is no name of a host.", field=field, code="link-invalid") from None
    except OSError:
        raise InvalidInput(f"There is no host {host[:100]}.", field=field, code=UNKNOWN_HOST) from None
    addresses = [ip_address(str(each[4][0]).partition("%")[0]) for each in found]
    for address in addresses:
        if not is_public(address) and not _inside(address, allowed):
            raise InvalidInput(
                f"{host[:100]} is an address inside a private network and is not called.",
                field=field,
                code="private-address",
            )
    return list(dict.fromkeys(addresses))


def _inside(address: IPv4Address | IPv6Address, networks: Networks) -> bool:
    return any(address in network for network in networks)


def _look_up(host: str, port: int, deadline: float) -> list[Any]:
    """`getaddrinfo`, which takes no time limit: asked in a thread, which is left to itself when the time is over."""
    found: Future[list[Any]] = Future()

    def ask() -> None:
        try:
            found.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except BaseException as error:
            found.set_exception(error)

    threading.Thread(target=ask, name="look-up", daemon=True).start()
    try:
        return found.result(_left(deadline, host))
    except FutureTimeout:
        raise Unavailable(f"{host[:100]} did not answer in time.", code="no-answer") from None


def _exchange(
    parts: SplitResult,
    addresses: list[IPv4Address | IPv6Address],
    body: bytes,
    headers: Mapping[str, str],
    deadline: float,
    method: str = "POST",
) -> tuple[Answer, str | None]:
    host = parts.hostname or ""
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    connection = http.client.HTTPConnection(host, port, timeout=_left(deadline, host))
    # A host may send its answer byte by byte, each in time: the whole is ended by the clock.
    ending = threading.Timer(_left(deadline, host), lambda: _hang_up(connection))
    ending.daemon = True
    ending.start()
    try:
        plain = _connect(addresses, port, deadline, host)
        connection.sock = _secured(plain, host, deadline) if secure else plain
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", parts.netloc)
        for name, value in {**headers, "Content-Length": str(len(body)), "Connection": "close"}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        told = Answer(answer.status, answer.read(MOST_ANSWER)), answer.getheader("Location")
        _left(deadline, host)  # an answer that was cut by the clock is none
        return told
    except (OSError, http.client.HTTPException, ssl.SSLError, ValueError) as error:
        raise Unavailable(f"{host[:100]} did not answer ({type(error).__name__}).", code="no-answer") from None
    finally:
        ending.cancel()
        connection.close()


def _hang_up(connection: http.client.HTTPConnection) -> None:
    with contextlib.suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)


def _connect(addresses: list[IPv4Address | IPv6Address], port: int, deadline: float, host: str) -> socket.socket:
    last: OSError | None = None
    for address in addresses:
        try:
            return socket.create_connection((str(address), port), timeout=_left(deadline, host))
        except OSError as error:
            last = error
    raise last or OSError("no address")


def _secured(plain: socket.socket, host: str, deadline: float) -> ssl.SSLSocket:
    plain.settimeout(_left(deadline, host))
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


def _left(deadline: float, host: str) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise Unavailable(f"{host[:100]} did not answer in time.", code="no-answer")
    return left
