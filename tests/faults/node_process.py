"""A node in a process of its own for fault tests: the real agent, with handlers that do what the test wants.

`python -m tests.faults.node_process NAME`: settings come from the environment. A `scene` starts a child as its
renderer, writes its pid to `renderer-<node>`, and does what the file `mode` in the data folder says:

    hold     works until the file says something else
    hang     the child and a child of it, whose pid is in `grandchild-<epoch>`, ignore SIGTERM; nothing moves
    fill     fills the disk with frames                         bundle   asks for the bundle that the plan names
    fetch    fetches `bundles/large` onto a disk that is nearly full
    log      has much to tell on a disk that is full
    unpack   unpacks the storage's `bundles/x`                  work     is busy for a moment
    ""       is done at once

Disks are full on the node n1 alone. `hold-validate` makes the check wait. `hold-compose`, and `hold` as well, make the
composition wait when its film is stored, past the last moment at which it asks whether it is to end.

`FAULT_CLOCK` seconds are added to the process's own idea of the time; `FAULT_HOUSEKEEPING` makes it keep house;
`FAULT_HEARTBEAT` is how many seconds one heartbeat comes after the other, at most. `FAULT_FOLDER` is the farm's data
folder, where the node has another of its own.
"""

import asyncio
import hashlib
import logging
import os
import random
import shutil
import sys
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from flatrender.aftereffects.bundle import open_bundle
from flatrender.core import clock
from flatrender.core.db import get_database
from flatrender.core.process import DEVNULL, Child
from flatrender.core.storage import get_storage
from flatrender.renders import writer
from flatrender.renders.planner import SceneUse, Source, plan
from flatrender.settings import get_settings
from workers import agent as agent_module
from workers import housekeeping, node
from workers.agent import Agent, NodeSettings
from workers.context import TaskContext
from workers.handlers import jobs
from workers.outcomes import Handler

FILM = b"a finished film " * 64
STUBBORN = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if child := os.fork():
    with open(sys.argv[1] + ".new", "w") as file:
        file.write(str(child))
    os.replace(sys.argv[1] + ".new", sys.argv[1])
while True:
    print('.')
    time.sleep(.05)
"""
BUNDLE = b"PK\3\4 a bundle, whole " * 4096
SOURCE = Source(
    hashlib.md5(BUNDLE, usedforsecurity=False).hexdigest(), "bundles/x", "native+1", (640, 360), (25, 1), None
)


def farm_folder() -> Path:
    return Path(os.environ.get("FAULT_FOLDER") or get_settings().data_dir)


def mode() -> str:
    try:
        return (farm_folder() / "mode").read_text().strip()
    except FileNotFoundError:
        return ""


def validate(context: TaskContext) -> dict[str, Any]:
    """A plan of one scene, another for each job."""
    while mode() == "hold-validate" and not context.wait(0.05):
        pass
    context.check()
    scene = SceneUse("c1", "s1", "Part", 1, 50, 0, {"1/1": {"kind": "text", "text": context.owner_id}})
    return {"plan": plan(SOURCE, [scene]).to_dict(), "warnings": []}


def scene(context: TaskContext) -> dict[str, Any]:
    """Does what `mode` says, with a renderer beside it."""
    wanted = mode()
    full = context.scratch / "frames" if context.node_id == "n1" else None
    grandchild = farm_folder() / f"grandchild-{context.epoch}"
    words = [sys.executable, "-I", "-S", "-c", STUBBORN, str(grandchild)] if wanted == "hang" else ["sleep", "600"]
    with Child(words, stdout=DEVNULL) as renderer:
        (farm_folder() / f"renderer-{context.node_id}").write_text(str(renderer.popen.pid))
        if wanted == "hold":
            while mode() == "hold" and not context.wait(0.05):
                pass
            wanted = mode()
        match wanted:
            case "hang":
                while not grandchild.exists():
                    context.wait(0.01)
                context.stall_seconds = 0.4
                while not context.wait(0.05):
                    pass
            case "fill" if full:
                _fill(full)
            case "fetch" if full:
                _fill(full, but=4 << 20)
                get_storage().local_path("bundles/large")
            case "log" if full:
                with suppress(OSError):
                    _fill(full)
                for number in range(150):
                    logging.info("line %d %s", number, "x" * 2000)
                    context.say(f"line {number} " + "x" * 1900)
                _fill(full)
            case "bundle":
                jobs.bundle(SOURCE.bundle_key, SOURCE.bundle_md5)
            case "unpack":
                open_bundle(get_storage().local_path(SOURCE.bundle_key), cache=context.scratch.parent / "unpacked")
            case "work":
                context.wait(random.uniform(0.05, 0.4))
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


def _fill(path: Path, but: int = 0) -> None:
    """Fills the disk; `but`: leaves so many bytes of it."""
    with path.open("ab", buffering=0) as file:
        while not but or shutil.disk_usage(path).free > but:
            file.write(bytes(1 << 20))


def compose(context: TaskContext) -> dict[str, Any]:
    """A finished film, as far as the farm can tell; stored as a real one is."""
    key = f"exports/{context.tag}.mp4"
    context.on_drop(lambda: get_storage().delete(key))
    get_storage().put_bytes(FILM, key)
    while mode() in {"hold", "hold-compose"}:
        time.sleep(0.05)
    film = {
        "key": key,
        "name": "film.mp4",
        "format": "mp4",
        "bytes": len(FILM),
        "sha256": hashlib.sha256(FILM).hexdigest(),
        "frames": 50,
        "duration": 2.0,
        "width": 640,
        "height": 360,
    }
    return {"exports": [film]}


def licensed(context: TaskContext) -> dict[str, Any]:
    """Something that takes a licence while it runs."""
    context.wait(random.uniform(0.05, 0.3))
    context.check()
    return {}


HANDLERS: dict[str, Handler] = {
    "validate": validate,
    "scene": scene,
    "compose": compose,
    "licensed": licensed,
    "quick": lambda context: {"by": context.node_id},
}


class Announcing(Agent):
    """Says when it is on line."""

    def start(self) -> None:
        super().start()
        print("on line", flush=True)


def main(name: str) -> None:
    logging.basicConfig(level=logging.DEBUG, format="%(asctime)s %(threadName)s %(name)s %(message)s")
    logging.getLogger("botocore").setLevel(logging.INFO)
    if wrong := float(os.environ.get("FAULT_CLOCK", "0")):
        clock.use(lambda: clock._system() + timedelta(seconds=wrong))
    assert writer.EVENTS  # the ripples are registered by importing their module
    settings = get_settings()
    folder = settings.cache_dir / name
    folder.mkdir(parents=True, exist_ok=True)
    if beat := os.environ.get("FAULT_HEARTBEAT"):
        agent_module.HEARTBEAT_SECONDS = float(beat)
    keeps_house = os.environ.get("FAULT_HOUSEKEEPING")
    agent = Announcing(
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
        (lambda: housekeeping.run(get_database(), settings.data_dir, name)) if keeps_house else None,
        tell_time=clock.follow,
    )
    asyncio.run(node.serve(agent, settings, 0.0))


if __name__ == "__main__":
    main(sys.argv[1])
