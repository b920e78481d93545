"""A node that ends a task and has room takes its next one in the same transaction: one commit a task instead of two.

The two halves are those of `leases` and `claims`, with all their guards: a completion that is fenced off or cancelled
takes nothing, and what may not be claimed is not. Nothing of the first half is kept when the second fails, so the
caller then ends its task by itself.
"""

from typing import Any

from flatrender.core.plain import Plain
from flatrender.farm import claims, leases
from flatrender.farm.models import Claimed

PATIENCE_MS = 50
"""How long the claim waits for a lock on PostgreSQL. Two nodes that each ended a task of the job from which the other
takes its next one would else wait for each other: see the order of locks in `writer`."""


def finish_and_take(
    plain: Plain, node_id: str, task_id: str, epoch: int, result: dict[str, Any], *, lease_seconds: float
) -> tuple[bool, Claimed | None]:
    """Whether the completion was kept, and the node's next task, if there is one for it.

    The lease of the next one counts from this call. Raises whatever a claim raises, and what the driver says of a lock
    that others hold for too long.
    """
    if not leases.complete(plain, task_id, epoch, result):
        return False, None
    if plain.lent is not None:
        plain.session.flush()  # the claim reads what the completion has made of its job
    return True, claims.claim(plain, node_id, lease_seconds=lease_seconds, patience_ms=PATIENCE_MS)
