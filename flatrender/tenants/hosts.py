"""Host names as requests and people write them. Pure."""

import re
from ipaddress import ip_address

from flatrender.core.errors import InvalidInput

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([^:\[\]]*))(?::\d{0,5})?")  # RFC 9110, 7.2: a name or address, and a port
_SLUG = re.compile(r"[a-z][a-z0-9-]{1,38}[a-z0-9]")
# Names that people expect to be the house's own, or that mean something to mail and browsers.
RESERVED = frozenset(
    {"admin", "api", "app", "default", "dns", "ftp", "imap", "mail", "mine", "mta-sts"}
    | {"ns1", "ns2", "smtp", "static", "www"}
)


def host_name(header: str | None) -> str:
    """The name in a Host header, in lower case, without its port; empty for one that is no name."""
    found = _HOST.fullmatch((header or "").strip().lower())
    name = (found[1] or found[2]).rstrip(".") if found else ""
    return name if is_address(name) or _is_name(name) else ""


def is_address(name: str) -> bool:
    """Whether it is an IP address."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def is_local(name: str) -> bool:
    """Whether a name can mean nothing but this machine (RFC 6761)."""
    return name == "localhost" or name.endswith(".localhost")


def clean_domain(text: str) -> str:
    """A public domain as DNS writes it, in lower case; other alphabets become `xn--…`. Raises InvalidInput."""
    wanted = text.strip().lower().removeprefix("https://").removeprefix("http://").rstrip("/.")
    try:
        name = wanted.encode("idna").decode("ascii")
    except UnicodeError:
        name = ""
    if not _is_name(name) or "." not in name or is_address(name) or is_local(name) or "_" in name:
        raise InvalidInput("Give a domain such as studio.example.com.", field="name", code="domain-invalid")
    return name


def in_letters(name: str) -> str:
    """A domain as people write it, for pages: `xn--…` in its own alphabet."""
    try:
        return name.encode("ascii").decode("idna")
    except UnicodeError:
        return name


def clean_slug(text: str) -> str:
    """A site's short name. Raises InvalidInput."""
    slug = text.strip().lower()
    if not _SLUG.fullmatch(slug) or "--" in slug:
        raise InvalidInput(
            "Use 3 to 40 letters, digits and hyphens, a letter first: it becomes part of the address.",
            field="slug",
            code="slug-invalid",
        )
    if slug in RESERVED:
        raise InvalidInput(f"“{slug}” is kept for the house; choose another short name.", field="slug", code="reserved")
    return slug


def _is_name(name: str) -> bool:
    return 0 < len(name) <= 253 and all(_LABEL.fullmatch(label) for label in name.split("."))
