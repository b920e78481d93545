"""A node in a process of its own for fault tests: the real agent, with handlers that hold as long as the test wants.

`python -m tests.faults.node_process NAME`: settings come from the environment. A `scene` starts a child as its renderer
and holds while the file `hold` is in the data folder; it writes the child's pid to `renderer-<node>`.
"""

import logging
import os
import signal
import sys
from typing import Any

from flatrender.core.db import get_database
from flatrender.core.process import Child
from flatrender.renders import writer
from flatrender.renders.planner import SceneUse, Source, plan
from flatrender.settings import get_settings
from workers.agent import Agent, Handler, NodeSettings
from workers.context import TaskContext

SOURCE = Source("0" * 32, "bundles/x", "native+1", (640, 360), (25, 1), None)


def validate(context: TaskContext) -> dict[str, Any]:
    """A plan of one scene, another for each job."""
    scene = SceneUse("c1", "s1", "Part", 1, 50, 0, {"1/1": {"kind": "text", "text": context.owner_id}})
    return {"plan": plan(SOURCE, [scene]).to_dict(), "warnings": []}


def scene(context: TaskContext) -> dict[str, Any]:
    """Holds with a renderer beside it."""
    folder = get_settings().data_dir
    with Child(["sleep", "600"]) as renderer:
        (folder / f"renderer-{context.node_id}").write_text(str(renderer.popen.pid))
        while (folder / "hold").exists() and not context.wait(0.05):
            pass
    context.check()
    return {
        "hash": context.payload["film"],
        "key": f"scenes/{context.payload['film']}.mp4",
        "frames": 50,
        "width": 640,
        "height": 360,
        "bytes": 1,
        "seconds": 0.1,
        "by": f"{context.node_id} in epoch {context.epoch}",
    }


def compose(context: TaskContext) -> dict[str, Any]:
    """A finished film, as far as the farm can tell."""
    return {
        "key": f"exports/{context.tag}.mp4",
        "name": "film.mp4",
        "format": "mp4",
        "bytes": 1,
        "sha256": "0" * 64,
        "frames": 50,
        "duration": 2.0,
        "width": 640,
        "height": 360,
    }


HANDLERS: dict[str, Handler] = {
    "validate": validate,
    "scene": scene,
    "compose": compose,
    "quick": lambda context: {"by": context.node_id},
}


def main(name: str) -> None:
    logging.basicConfig(level=logging.DEBUG, format="%(asctime)s %(threadName)s %(name)s %(message)s")
    assert writer.EVENTS  # the ripples are registered by importing their module
    settings = get_settings()
    folder = settings.cache_dir / name
    folder.mkdir(parents=True, exist_ok=True)
    agent = Agent(
        get_database(),
        NodeSettings(
            id=name,
            name=name,
            host="test",
            folder=folder,
            slots=1,
            lease_seconds=settings.lease_seconds,
            tick_seconds=settings.tick_seconds,
            engines={"native": {}, "ffmpeg": {}},
        ),
        HANDLERS.__getitem__,
    )
    # Through a pipe, as asyncio does it: the kernel may hand the signal to any thread, and only this one waits for it.
    reader, wakeup = os.pipe()
    os.set_blocking(wakeup, False)
    signal.set_wakeup_fd(wakeup)
    signal.signal(signal.SIGTERM, lambda *_: None)
    agent.start()
    agent.tick()
    print("on line", flush=True)
    os.read(reader, 1)
    agent.stop()


if __name__ == "__main__":
    main(sys.argv[1])
