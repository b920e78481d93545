"""`snapshot`: one frame of a project as a picture, stored under the hash of all that it depends on."""

from typing import Any

from flatrender.aftereffects.client import default_client
from flatrender.core.storage import get_storage
from flatrender.renders import resolving, snapshots
from workers.context import TaskContext
from workers.handlers import jobs


def run(context: TaskContext) -> dict[str, Any]:
    """Draws the payload's frame unless its picture exists: `{"key", "cached"}`."""
    storage = get_storage()
    wanted = snapshots.Wanted.from_dict(context.payload)
    if storage.exists(wanted.key):
        return {"key": wanted.key, "cached": True}
    [picture] = default_client().snapshot(
        jobs.bundle(wanted.bundle_key, wanted.bundle_md5),
        wanted.composition_id,
        [wanted.frame],
        resolving.local_values(wanted.values),
        width=wanted.width,
    )
    context.check()
    storage.put_bytes(picture, wanted.key)
    return {"key": wanted.key, "cached": False}
