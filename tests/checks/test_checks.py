"""The checks before the tests find what they are there for."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.checks import dependencies, sources, vulnerabilities
from tests.servers import free_port


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("-----BEGIN " + "RSA PRIVATE KEY-----", "a private key"),
        ("key = 'AKIA" + "ABCDEFGHIJKLMNOP'", "an AWS key"),
        ("xoxb-" + "123456789012-abcdefghij", "a Slack token"),
        ("postgresql://render:" + "Tr0ub4dor9x@db/farm", "a password inside an address"),
        ("API_KEY = '" + "9f8b3c1d7e6a5f4b2c0d'", "a value assigned to a secret's name"),
    ],
)
def test_a_secret_is_found_with_its_line(text: str, what: str) -> None:
    assert sources.secrets_in(f"first line\n{text}\n") == [(2, what)]


@pytest.mark.parametrize(
    "text",
    [
        "password = 'correct-horse-battery'",
        "secret_key=env.get('FLATRENDER_SECRET_KEY')",
        "postgresql://postgres@127.0.0.1/db",
        "redis://localhost:6379/0",
        'f"postgresql://{user}:{password}@{host}/db"',
    ],
)
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    assert sources.secrets_in(text) == []


@pytest.mark.parametrize(
    ("licence", "binding"),
    [
        ("MIT", False),
        ("GPL-3.0-only", True),
        ("License :: OSI Approved :: GNU Affero General Public License v3", True),
        ("LGPL-3.0-only", False),
        ("License :: OSI Approved :: GNU Library or Lesser General Public License (LGPL)", False),
        ("MIT OR GPL-2.0-only", False),
        ("AGPL-3.0-or-later OR GPL-3.0-only", True),
    ],
)
def test_a_binding_licence_is_told_apart(licence: str, binding: bool) -> None:
    assert dependencies.is_binding(licence) is binding


@pytest.mark.parametrize(
    ("licence", "known"),
    [
        ("MIT-CMU", True),
        ("License :: OSI Approved :: BSD License", True),
        ("GNU LESSER GENERAL PUBLIC LICENSE", True),
        ("", False),
        ("Copyright 2023 Somebody", False),
        ("LicenseRef-Limited", False),
    ],
)
def test_a_licence_nobody_looked_at_is_told_apart(licence: str, known: bool) -> None:
    assert dependencies.is_known(licence) is known


def test_a_dependency_without_a_pin_is_named(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\ndependencies = ['pytest', 'nothing-of-this-name==1.0']\n")
    assert dependencies.problems(tmp_path) == [
        "nothing-of-this-name is not installed; run pip install -e '.[test]'",
        "pytest is not pinned (==) in pyproject.toml",
    ]


class _Osv(BaseHTTPRequestHandler):
    """OSV as its documentation has it: `leaky` 1.0 has two flaws, told by three advisories over two pages."""

    advisories = {
        "GHSA-aaaa": {"summary": "It leaks", "aliases": ["CVE-1", "PYSEC-1"], "fixed": "1.1"},
        "PYSEC-1": {"summary": "It leaks", "aliases": ["CVE-1", "GHSA-aaaa"], "fixed": "1.1"},
        "GHSA-bbbb": {"summary": "It lies", "aliases": ["CVE-2"], "fixed": ""},
    }
    broken = False

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
        assert self.path == "/v1/querybatch"
        assert all(query["package"]["ecosystem"] == "PyPI" for query in asked)
        results: list[dict[str, object]] = []
        for query in asked:
            if (query["package"]["name"], query["version"]) != ("leaky", "1.0"):
                results.append({})
            elif query["page_token"] == "more":
                results.append({"vulns": [{"id": "GHSA-bbbb", "modified": "2026-01-01T00:00:00Z"}]})
            else:
                first = [{"id": name, "modified": "2026-01-01T00:00:00Z"} for name in ("GHSA-aaaa", "PYSEC-1")]
                results.append({"vulns": first, "next_page_token": "more"})
        self._answer({"results": results})

    def do_GET(self) -> None:
        identifier = self.path.removeprefix("/v1/vulns/")
        known = self.advisories[identifier]
        events = [{"introduced": "0"}, *([{"fixed": known["fixed"]}] if known["fixed"] else [])]
        affected = [{"package": {"name": "leaky"}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}]
        self._answer({"id": identifier, "summary": known["summary"], "aliases": known["aliases"], "affected": affected})

    def _answer(self, body: object) -> None:
        data = b"<html>a captive portal</html>" if self.broken else json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def osv() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Osv) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


PACKAGES = [("sound", "1.0"), ("leaky", "1.0"), ("leaky", "1.1")]


def test_a_known_vulnerability_is_told_once(osv: str) -> None:
    assert vulnerabilities.findings(PACKAGES, {}, osv) == [
        "leaky 1.0: GHSA-aaaa, It leaks; fixed in 1.1",
        "leaky 1.0: GHSA-bbbb, It lies",
    ]


def test_an_accepted_vulnerability_is_silent_by_any_of_its_names(osv: str) -> None:
    known = {"CVE-1": "we never call it", "GHSA-bbbb": "only on Windows"}
    assert vulnerabilities.findings(PACKAGES, known, osv) == []


def test_without_a_network_nothing_is_found_and_nothing_claimed(osv: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(vulnerabilities.NotCheckedError, match=r"^no network$"):
        vulnerabilities.findings(PACKAGES, {}, f"http://127.0.0.1:{free_port()}")
    monkeypatch.setattr(_Osv, "broken", True)
    with pytest.raises(vulnerabilities.NotCheckedError, match="no OSV"):
        vulnerabilities.findings(PACKAGES, {}, osv)


def test_an_accepted_vulnerability_needs_its_reason(tmp_path: Path) -> None:
    path = tmp_path / "accepted.txt"
    path.write_text("# a comment\n\nGHSA-aaaa only reached through a file that we never open\n")
    assert vulnerabilities.accepted(path) == {"GHSA-aaaa": "only reached through a file that we never open"}
    path.write_text("GHSA-aaaa\n")
    with pytest.raises(ValueError, match="reason"):
        vulnerabilities.accepted(path)
    assert vulnerabilities.accepted() is not None


def test_what_is_installed_with_us_includes_what_our_requirements_need() -> None:
    names = {distribution.name.lower() for distribution in dependencies.installed_with(Path(__file__).parents[2])}
    assert {"reflex", "pytest", "starlette"} <= names
