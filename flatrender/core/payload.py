"""JSON in place of pickle for everything that goes through Redis: write access to Redis must not be code execution."""

import json
from typing import Any


def encode(value: dict[str, Any]) -> bytes:
    """arq's job serializer."""
    return json.dumps(value, default=str).encode()


def decode(data: bytes) -> dict[str, Any]:
    """arq's job deserializer."""
    value: dict[str, Any] = json.loads(data)
    return value
