"""Signed-in clients, as the tests of the API have them, with passwords that hash at once."""

import pytest
from argon2 import PasswordHasher

from flatrender.access import passwords
from tests.api.conftest import client, signed_in

__all__ = ["client", "quick_passwords", "signed_in"]


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signing in is but the means here; a real hash takes a quarter of a second of work."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
