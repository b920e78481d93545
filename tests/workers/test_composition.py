"""A node's process knows the owners of its tasks before it claims the first one."""

import sys

from flatrender.core.process import Limits, run

LOOK = "import workers.node; from flatrender.farm import ripples; print(*sorted(ripples._ripples))"


def test_the_owners_of_tasks_are_registered_when_the_node_is_loaded() -> None:
    done = run([sys.executable, "-c", LOOK], limits=Limits(wall_seconds=60))
    assert done.returncode == 0, done.stderr.decode()
    assert {"validate", "scene", "compose"} <= set(done.stdout.decode().split())
