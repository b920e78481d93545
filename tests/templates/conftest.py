"""A catalogue with real files: a small project of our own, scanned by the real engine."""

import hashlib
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from flatrender.access.models import Role
from flatrender.access.permissions import Principal
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.core.storage import get_storage
from flatrender.settings import get_settings
from flatrender.templates import background, scanning
from tests.api.conftest import client, house, signed_in
from tests.media.conftest import quick_passwords
from tests.templates.designing import created
from tests.templates.projects import author
from workers import housekeeping

__all__ = ["client", "house", "quick_passwords", "signed_in"]
DESIGNER = Principal("d" * 32, DEFAULT_TENANT, Role.ADMIN, "designer@example.com", "Designer")
_read_once: dict[str, scanning.Reading] = {}
CUSTOMER = Principal("c" * 32, DEFAULT_TENANT, Role.MEMBER, "customer@example.com", "Customer")


@pytest.fixture
def designer() -> Principal:
    return DESIGNER


@pytest.fixture
def customer() -> Principal:
    return CUSTOMER


@pytest.fixture
def drawn_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is drawn in the background; tests draw when they want pictures."""
    monkeypatch.setattr(background, "submit", lambda call: None)


@pytest.fixture
def scanned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine scans each test file once per run: here the template is but the means."""
    real = scanning.read

    def read(path: Path) -> scanning.Reading:
        digest = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
        if digest not in _read_once:
            _read_once[digest] = real(path)
        return _read_once[digest]

    monkeypatch.setattr(scanning, "read", read)


@pytest.fixture
def days_later(installation: Database) -> Callable[[str], bool]:
    """`days_later(key)`: whether a stored file outlives housekeeping when it is old."""
    ages = housekeeping.Ages(unnamed=timedelta(seconds=-1))

    def is_kept(key: str) -> bool:
        housekeeping.run(installation, get_settings().data_dir, "n1", ages)
        return get_storage().exists(key)

    return is_kept


@pytest.fixture(scope="session")
def made_projects(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """`made_projects(name)` is an .aep of `projects.py`, written once per run."""
    folder = tmp_path_factory.mktemp("projects")
    made: dict[str, Path] = {}

    def make(name: str) -> Path:
        if name not in made:
            made[name] = author(name, folder)
        return made[name]

    return make


@pytest.fixture
def zipped(tmp_path: Path) -> Callable[..., Path]:
    """`zipped("a.zip", {"inside.aep": path, …})` packs files."""

    def pack(name: str, files: dict[str, Path | bytes]) -> Path:
        out = tmp_path / name
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for inside, source in files.items():
                archive.writestr(inside, source if isinstance(source, bytes) else source.read_bytes())
        return out

    return pack


@pytest.fixture
def studio(signed_in):
    """A designer's browser."""
    return signed_in(Role.ADMIN)


@pytest.fixture
def promo(studio, made_projects) -> dict:
    return created(studio, made_projects("promo"), "promo.aep")
