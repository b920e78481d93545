"""How a webhook proves where it comes from, after the Standard Webhooks specification (version 1). Pure.

`webhook-id`, `webhook-timestamp` (Unix seconds of this try) and `webhook-signature`: `v1,<base64 of HMAC-SHA-256>` over
`<id>.<timestamp>.<body>`, one for each secret that holds, with a space between. A secret is `whsec_<base64>`.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "whsec_"


def new_secret() -> str:
    """A secret of 256 bits."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def headers(message_id: str, timestamp: int, body: bytes, holding: Sequence[str]) -> dict[str, str]:
    """What goes with a body; `holding`: the secrets that hold now."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(message_id, timestamp, body, secret) for secret in holding),
    }


def signature(message_id: str, timestamp: int, body: bytes, secret: str) -> str:
    """One signature."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    digest = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"
