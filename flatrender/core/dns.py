"""Text records of the domain name system: how somebody proves that a domain is theirs."""

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Protocol

import dns.exception
import dns.resolver

from flatrender.core.errors import InvalidInput, Unavailable

SECONDS = 5.0
MOST_RECORDS = 50


class TextRecords(Protocol):
    """Whoever knows the text records of a name."""

    def of(self, name: str) -> list[str]:
        """The TXT records of `name`, none where there is no such name. Raises Unavailable when nobody answers."""


class NameServers:
    """Asks name servers: the system's, or those given as `address` or `address:port`."""

    def __init__(self, servers: Sequence[str] = ()) -> None:
        self._servers = tuple(servers)

    def of(self, name: str) -> list[str]:
        """See `TextRecords`."""
        try:
            found = self._resolver().resolve(name, "TXT", lifetime=SECONDS, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as error:
            raise Unavailable(
                f"The name servers did not answer for {name} ({type(error).__name__}); try again in a minute.",
                code="no-dns",
            ) from None
        records = list(found)[:MOST_RECORDS]
        return [b"".join(record.strings).decode("utf-8", "replace") for record in records]

    def _resolver(self) -> dns.resolver.Resolver:
        if not self._servers:
            return dns.resolver.Resolver()
        resolver = dns.resolver.Resolver(configure=False)
        servers = []
        for text in self._servers:
            address, _, port = text.rpartition(":") if text.count(":") == 1 else (text, "", "53")
            try:
                servers.append(dns.nameserver.Do53Nameserver(str(ip_address(address)), int(port)))
            except ValueError:
                raise InvalidInput(f"FLATRENDER_DNS_SERVERS: {text} is no address of a name server.") from None
        resolver.nameservers = servers
        return resolver
