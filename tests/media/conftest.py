"""Signed-in clients, as the tests of the API have them."""

from tests.api.conftest import client, signed_in

__all__ = ["client", "signed_in"]
