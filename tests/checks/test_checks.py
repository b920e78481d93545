"""The checks before the tests find what they are there for."""

from pathlib import Path

import pytest

from tests.checks import dependencies, sources


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


def test_a_dependency_without_a_pin_is_named(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\ndependencies = ['pytest', 'nothing-of-this-name==1.0']\n")
    assert dependencies.problems(tmp_path) == [
        "nothing-of-this-name is not installed; run pip install -e '.[test]'",
        "pytest is not pinned (==) in pyproject.toml",
    ]
