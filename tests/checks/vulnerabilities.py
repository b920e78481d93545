"""Asks a vulnerability database about everything that is installed with us. Needs a network, and says when it has none.

The database is OSV (https://google.github.io/osv.dev/post-v1-querybatch/), which holds PyPI's own advisories and
GitHub's: one request for all packages, one more for each finding. A finding fails the checks unless
`accepted_vulnerabilities.txt` names it with its reason.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx

SERVICE = "https://api.osv.dev"
SECONDS = 10.0
ACCEPTED = Path(__file__).with_name("accepted_vulnerabilities.txt")
_MOST_PAGES = 20


class NotCheckedError(Exception):
    """The database could not be asked; the message says why."""


def accepted(path: Path = ACCEPTED) -> dict[str, str]:
    """Identifier → why we live with it. Raises ValueError for a line without a reason."""
    lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
    found: dict[str, str] = {}
    for line in lines:
        if not line or line.startswith("#"):
            continue
        identifier, _, reason = line.partition(" ")
        if not reason.strip():
            raise ValueError(f"{path.name}: {identifier} needs its reason in the same line")
        found[identifier] = reason.strip()
    return found


def findings(
    packages: Iterable[tuple[str, str]],
    known: Mapping[str, str],
    service: str = SERVICE,
    *,
    seconds: float = SECONDS,
) -> list[str]:
    """One sentence for each known vulnerability of the packages (name, version) that `known` does not accept.

    Raises NotCheckedError where the service cannot be reached within `seconds`, or answers nonsense.
    """
    asked = sorted(set(packages))
    try:
        with httpx.Client(base_url=service, timeout=seconds) as client:
            found = _found(client, asked)
            advisories = {identifier: _advisory(client, identifier) for ids in found.values() for identifier in ids}
    except httpx.HTTPStatusError as error:
        raise NotCheckedError(f"{service} answered {error.response.status_code}") from error
    except httpx.TransportError as error:
        raise NotCheckedError("no network") from error
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise NotCheckedError(f"{service} answered what is no OSV") from error
    said: list[str] = []
    for (name, version), identifiers in found.items():
        told: set[str] = set()
        for identifier in sorted(identifiers):
            advisory = advisories[identifier]
            names = {identifier, *advisory.get("aliases", ())}
            if names & known.keys() or names & told:  # one flaw is often told by several advisories
                continue
            told |= names
            said.append(f"{name} {version}: {identifier}, {advisory.get('summary') or 'see there'}{_fixed(advisory)}")
    return said


def _found(client: httpx.Client, packages: list[tuple[str, str]]) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    waiting: list[tuple[tuple[str, str], str | None]] = [(package, None) for package in packages]
    for _ in range(_MOST_PAGES):
        if not waiting:
            break
        queries = [
            {"package": {"ecosystem": "PyPI", "name": name}, "version": version, "page_token": page or ""}
            for (name, version), page in waiting
        ]
        results = client.post("/v1/querybatch", json={"queries": queries}).raise_for_status().json()["results"]
        further: list[tuple[tuple[str, str], str | None]] = []
        for (package, _page), result in zip(waiting, results, strict=True):
            identifiers = {vulnerability["id"] for vulnerability in result.get("vulns", ())}
            if identifiers:
                found.setdefault(package, set()).update(identifiers)
            if result.get("next_page_token"):
                further.append((package, result["next_page_token"]))
        waiting = further
    return found


def _advisory(client: httpx.Client, identifier: str) -> dict[str, Any]:
    advisory: dict[str, Any] = client.get(f"/v1/vulns/{identifier}").raise_for_status().json()
    return advisory


def _fixed(advisory: Mapping[str, Any]) -> str:
    versions = [
        event["fixed"]
        for affected in advisory.get("affected", ())
        for span in affected.get("ranges", ())
        if span.get("type") == "ECOSYSTEM"
        for event in span.get("events", ())
        if "fixed" in event
    ]
    return f"; fixed in {', '.join(dict.fromkeys(versions))}" if versions else ""
