"""Settings: what the environment says, in one sentence when it cannot be used; production takes no default secrets."""

from pathlib import Path

import pytest

from flatrender.core.errors import InvalidInput
from flatrender.settings import read_settings

SECRET = "0123456789abcdef" * 2


def test_the_data_folder_holds_all_by_default(tmp_path: Path) -> None:
    settings = read_settings({"FLATRENDER_DATA": str(tmp_path)})
    assert settings.database_url == f"sqlite:///{tmp_path}/flatrender.db"
    assert settings.storage_dir == tmp_path / "storage"
    assert settings.redis_url is None


def test_a_node_with_a_token_keeps_no_house_unless_it_is_told_to(tmp_path: Path) -> None:
    def house(**more: str) -> bool:
        return read_settings({"FLATRENDER_DATA": str(tmp_path), **more}).house_services

    assert house()
    assert not house(FLATRENDER_NODE_TOKEN="frn_x")
    assert house(FLATRENDER_NODE_TOKEN="frn_x", FLATRENDER_HOUSE_SERVICES="on")
    assert not house(FLATRENDER_HOUSE_SERVICES="off")


def test_the_secret_is_made_once_and_is_the_owners_alone(tmp_path: Path) -> None:
    first = read_settings({"FLATRENDER_DATA": str(tmp_path)}).secret_key
    assert len(first) == 64
    assert read_settings({"FLATRENDER_DATA": str(tmp_path)}).secret_key == first
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600


def test_no_secret_is_told_with_the_settings(tmp_path: Path) -> None:
    told = {
        "DATABASE_URL": "postgresql://render:test-hidden-1@db/farm",
        "REDIS_URL": "redis://:hidden-2@cache",
        "FLATRENDER_NODE_TOKEN": "hidden-3",
        "FLATRENDER_SECRET_KEY": "hidden-4",
        "FLATRENDER_ADMIN_PASSWORD": "hidden-5",
        "SLACK_BOT_TOKEN": "hidden-6",
    }
    assert "hidden" not in repr(read_settings({"FLATRENDER_DATA": str(tmp_path), **told}))


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"FLATRENDER_SECRET_KEY": "changeme"},
        {"FLATRENDER_SECRET_KEY": "short"},
        {"FLATRENDER_SECRET_KEY": SECRET, "FLATRENDER_ADMIN_PASSWORD": "admin"},
        {"FLATRENDER_SECRET_KEY": SECRET, "FLATRENDER_ADMIN_PASSWORD": "short"},
    ],
)
def test_production_refuses_default_secrets(tmp_path: Path, environment: dict[str, str]) -> None:
    with pytest.raises(InvalidInput, match="Production needs"):
        read_settings({"FLATRENDER_MODE": "production", "FLATRENDER_DATA": str(tmp_path), **environment})


def test_production_starts_with_real_ones(tmp_path: Path) -> None:
    environment = {"FLATRENDER_MODE": "production", "FLATRENDER_SECRET_KEY": SECRET, "FLATRENDER_DATA": str(tmp_path)}
    assert read_settings(environment).secret_key == SECRET
    assert not (tmp_path / "secret-key").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FLATRENDER_PORT", "eighty"),
        ("FLATRENDER_PORT", "0"),
        ("FLATRENDER_LEASE_SECONDS", "-1"),
        ("FLATRENDER_MODE", "x"),
    ],
)
def test_a_bad_value_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(InvalidInput, match=name):
        read_settings({"FLATRENDER_DATA": str(tmp_path), name: value})
