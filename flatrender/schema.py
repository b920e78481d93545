"""Every table, in one import: Alembic and the tests read `metadata` from here. Add a domain's models module below."""

import importlib

from sqlmodel import SQLModel

MODELS = (
    "flatrender.core.bus",
    "flatrender.core.outbox",
    "flatrender.tenants.models",
    "flatrender.access.models",
    "flatrender.access.requests",
    "flatrender.farm.models",
    "flatrender.farm.health_log",
    "flatrender.media.models",
    "flatrender.templates.models",
    "flatrender.projects.models",
    "flatrender.renders.models",
    "flatrender.renders.manager.models",
    "flatrender.notifications.models",
)

for _name in MODELS:
    importlib.import_module(_name)

metadata = SQLModel.metadata
