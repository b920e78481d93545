"""`flatrender jobs` and `nodes` about a studio elsewhere: the real API over real HTTP, and hosts that are none."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from flatrender.access import keys
from flatrender.access.models import Role, User
from flatrender.access.permissions import Principal
from flatrender.commands import main
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.farm import nodes
from flatrender.renders import writer
from flatrender.renders.models import RenderJob
from flatrender.tenants.models import Tenant
from tests.commands.serving import served
from tests.installation import OTHER_TENANT

OPERATOR = Principal("a" * 32, DEFAULT_TENANT, Role.PLATFORM_ADMIN, "ops@example.com", "Olga")


def operator_key(database: Database) -> str:
    """A key of one who runs the farm."""
    with database.tenant_session(DEFAULT_TENANT) as session:
        session.add(User(id=OPERATOR.user_id, email=OPERATOR.email, name="Olga", password_hash="", role=OPERATOR.role))
        session.flush()
        return keys.create(session, OPERATOR, keys.Wish("elsewhere"))[1]


@pytest.fixture
def address(installation: Database) -> Iterator[str]:
    with served() as url:
        yield url


@pytest.fixture
def key(installation: Database, address: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The operator's, given with the server by the environment."""
    secret = operator_key(installation)
    monkeypatch.setenv("FLATRENDER_SERVER", address)
    monkeypatch.setenv("FLATRENDER_KEY", secret)
    return secret


def elsewhere(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """The command no longer has the studio's own folder; the server keeps what it has open."""
    monkeypatch.setenv("FLATRENDER_DATA", str(folder / "no studio here"))


def told(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> Any:
    assert main([*words, "--json"]) == status
    return json.loads(capsys.readouterr().out)


def refused(capsys: pytest.CaptureFixture[str], *words: str, status: int = 1) -> str:
    """The one sentence that a refused command says."""
    assert main(list(words)) == status
    said = capsys.readouterr()
    assert not said.out and said.err.count("\n") == 1, said
    return said.err.removeprefix("flatrender: ").strip()


def test_jobs_elsewhere(
    installation: Database,
    key: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with installation.tenant_session(DEFAULT_TENANT) as session:
        for number in range(3):
            job = RenderJob(user_id="u" * 32, user_name="Sara", title=f"فیلم {number}\x1b[2J", document={})
            writer.opened(session, job)
    monkeypatch.setattr("flatrender.commands.jobs.PAGE", 2)
    elsewhere(monkeypatch, tmp_path)
    assert main(["jobs", "list"]) == 0
    listed = capsys.readouterr().out
    assert listed.endswith("3 of 3\n") and "فیلم 0" in listed, "the second page too"
    assert "\x1b" not in listed, "what others wrote steers no terminal"
    assert [job["title"][:6] for job in told(capsys, "jobs", "list", "--limit", "1")["items"]] == ["فیلم 2"]
    assert told(capsys, "jobs", "list", "--state", "failed")["items"] == []
    assert told(capsys, "jobs", "boost", job.id, "--priority", "90")["done"][0]["priority"] == 90
    assert told(capsys, "jobs", "cancel", job.id)["done"][0]["state"] == "CANCELLED"
    gone = told(capsys, "jobs", "cancel", job.id, "../nodes", status=1)["failed"]
    assert [each["code"] for each in gone] == ["ended", "not-found"]
    assert told(capsys, "jobs", "retry", job.id)["done"][0]["retry_of"] == job.id
    assert main(["jobs", "show", job.id]) == 0
    assert "cancelled by Olga" in capsys.readouterr().out
    assert "no film: it is cancelled" in refused(capsys, "jobs", "download", job.id, "--out", str(tmp_path / "f.mp4"))
    assert "no state 'LOST'" in refused(capsys, "jobs", "list", "--state", "lost", status=2)


def test_a_site_is_named(
    installation: Database, address: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One address, two sites: a key is of one of them, and asks there alone."""
    with installation.system_session() as session:
        session.add(Tenant(id=OTHER_TENANT, slug="films", name="Films"))
        session.flush()
        other = Principal("b" * 32, OTHER_TENANT, Role.MEMBER, "b@example.com", "Bo")
        session.add(User(id=other.user_id, tenant_id=OTHER_TENANT, email=other.email, name="Bo", password_hash=""))
    with installation.tenant_session(OTHER_TENANT) as session:
        monkeypatch.setenv("FLATRENDER_KEY", keys.create(session, other, keys.Wish("there"))[1])
        writer.opened(session, RenderJob(user_id=other.user_id, title="Of the films", document={}))
    there = ["--server", address]
    assert "another site's" in refused(capsys, "jobs", "list", *there)
    assert "No site of this name" in refused(capsys, "jobs", "list", *there, "--app", "nobody", status=2)
    assert "short name" in refused(capsys, "jobs", "list", *there, "--app", "a\r\nHost: b", status=2)
    assert "--app is for a studio elsewhere" in refused(capsys, "jobs", "list", "--app", "films", status=2)
    assert [job["title"] for job in told(capsys, "jobs", "list", *there, "--app", "films")["items"]] == ["Of the films"]
    own = address.replace("localhost", "films.localhost")  # as the wizard shows it; no resolver need know it
    assert [job["title"] for job in told(capsys, "jobs", "list", "--server", own)["items"]] == ["Of the films"]
    monkeypatch.setenv("FLATRENDER_APP", "films")
    assert len(told(capsys, "jobs", "list", *there)["items"]) == 1


def test_a_name_that_is_not_found_says_how_else_a_site_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    there = ["--server", "https://films.studio.invalid", "--key", "fr_1"]
    said = refused(capsys, "jobs", "list", *there)
    assert "finds no films.studio.invalid" in said and "--server ADDRESS --app SHORT-NAME" in said
    assert "--app" not in refused(capsys, "jobs", "list", *there, "--app", "films")


def test_nodes_elsewhere(installation: Database, key: str, capsys: pytest.CaptureFixture[str]) -> None:
    with installation.system_session() as session:
        nodes.register(session, nodes.NodeInfo("n1", "node-1", "h", "i", "1", 1, 2, {"native": {}}))
    assert [node["name"] for node in told(capsys, "nodes", "list")] == ["node-1"]
    assert told(capsys, "nodes", "drain", "node-1")["draining"] is True
    assert told(capsys, "nodes", "undrain", "n1")["draining"] is False
    assert "no node “nobody”" in refused(capsys, "nodes", "show", "nobody", status=2)


def test_what_is_said_without_a_server_or_a_key(
    installation: Database, address: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FLATRENDER_KEY", raising=False)
    assert "FLATRENDER_KEY" in refused(capsys, "jobs", "list", "--server", address, status=2)
    assert "--server" in refused(capsys, "jobs", "list", "--key", "fr_1", status=2)
    assert "not both" in refused(capsys, "jobs", "list", "--server", address, "--data", "x", status=2)
    for url in ("films", "ftp://a", "https://a/api/v1", "https://me:secret@a", "http://[", "https://a?b=c"):
        assert "address alone" in refused(capsys, "jobs", "list", "--server", url, "--key", "fr_1", status=2)
    assert "fr_" in refused(capsys, "jobs", "list", "--server", address, "--key", "کلید", status=2)
    assert "key" in refused(capsys, "jobs", "list", "--server", address, "--key", "fr_wrong")
    assert "did not answer" in refused(capsys, "jobs", "list", "--server", "http://127.0.0.1:9", "--key", "fr_1")


@contextmanager
def host(status: int, body: bytes = b"", **headers: str) -> Iterator[tuple[str, list[str]]]:
    """A host that answers everything alike: its address, and the keys that it was told."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers.get("Authorization", ""))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", seen
        server.shutdown()
        thread.join()


def test_the_key_goes_to_no_other_host(capsys: pytest.CaptureFixture[str]) -> None:
    with host(200, b"{}") as (other, heard), host(307, Location=f"{other}/api/v1/renders") as (first, _):
        said = refused(capsys, "jobs", "list", "--server", first, "--key", "fr_1")
    assert f"sends us on to {other}" in said and heard == []


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, b"<html>A page</html>", "does not answer as a FlatRender studio"),
        (404, b"[1]", "does not answer as a FlatRender studio"),
        (502, b"<html>", "out of order"),
        (403, b'{"code": "x", "detail": "No\\u001b[2J."}', "No[2J."),
    ],
)
def test_a_host_that_is_no_studio(status: int, body: bytes, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with host(status, body) as (url, _):
        assert said in refused(capsys, "jobs", "list", "--server", url, "--key", "fr_1")


def certificate(folder: Path) -> tuple[Path, Path]:
    """One of `localhost` that signed itself, and its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    files = folder / "one.pem", folder / "key.pem"
    files[0].write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    how = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    files[1].write_bytes(key.private_bytes(*how))
    return files


def test_a_certificate_must_be_trusted(
    installation: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLATRENDER_KEY", operator_key(installation))
    files = certificate(tmp_path)
    with served(*files) as url:
        assert "CERTIFICATE_VERIFY_FAILED" in refused(capsys, "jobs", "list", "--server", url)
        monkeypatch.setenv("SSL_CERT_FILE", str(files[0]))
        assert told(capsys, "jobs", "list", "--server", url)["items"] == []
