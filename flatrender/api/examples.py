"""Examples in the description of the API: what to send, and what comes back, of the routes that most begin with."""

from typing import Any

Json = dict[str, Any]
_PROJECT = "01a21af1b1b27055bb66621f629efe0d"
_TEMPLATE = "01a21af1b1b27055bb66621f629efe0e"
_JOB = "01a21af1b1b27055bb66621f629efe0f"
_CLIP = "01a21af1b1b27055bb66621f629efe10"

REQUESTS: dict[str, Json] = {
    "POST /api/v1/auth/sign-in": {"email": "ada@example.com", "password": "correct horse battery staple"},
    "PATCH /api/v1/auth/me": {"language": "fa", "theme": "dark", "name": "Ada Lovelace"},
    "POST /api/v1/projects": {"template_id": _TEMPLATE, "name": "Spring campaign"},
    "PATCH /api/v1/projects/{project_id}": {"name": "Spring campaign, second try"},
    "POST /api/v1/projects/{project_id}/ops": {
        "op_id": "b1d6f7a2c04e4e0c8a2f",
        "base_revision": 0,
        "ops": [{"op": "set_value", "clip": _CLIP, "key": "title", "value": "Spring is here"}],
    },
    "POST /api/v1/projects/{project_id}/versions": {"name": "As the customer saw it"},
    "POST /api/v1/projects/{project_id}/duplicate": {"name": "Spring campaign, portrait"},
    "POST /api/v1/renders": {"project_id": _PROJECT, "exports": [{"format": "mp4", "size": "1080", "aspect": "16:9"}]},
    "PUT /api/v1/renders/{job_id}/after": {"after": [_JOB]},
    "POST /api/v1/media/folders": {"name": "Spring"},
    "POST /api/v1/keys": {"name": "Nightly batch", "scopes": ["projects"], "expires_at": "2027-12-31T00:00:00Z"},
    "POST /api/v1/keys/{key_id}/rotate": {"grace_hours": 24},
    "POST /api/v1/webhooks": {"url": "https://shop.example.com/films", "events": ["render.completed"]},
    "POST /api/v1/people": {"email": "grace@example.com", "name": "Grace Hopper", "role": "member"},
    "PATCH /api/v1/people/{user_id}": {"role": "admin"},
}
"""By method and path: a body that the route takes."""

_LISTED: Json = {"id": _PROJECT, "name": "Spring campaign", "template_id": _TEMPLATE, "state": "active", "revision": 3}
ANSWERS: dict[str, Any] = {
    "GET /api/v1/auth/me": {
        "id": "01a21af1b1b27055bb66621f629efe01",
        "email": "ada@example.com",
        "name": "Ada Lovelace",
        "role": "member",
        "language": "en",
        "theme": "dark",
        "permissions": ["projects"],
        "provider": "",
    },
    "GET /api/v1/projects": {"items": [_LISTED], "total": 1, "counts": {"active": 1, "archived": 0}},
    "GET /api/v1/usage": {
        "items": [{"day": "2026-11-26", "films": 12, "film_minutes": 6.5, "calls": 480, "storage": 734003200}]
    },
}
"""By method and path: parts of what the route answers."""
