"""A project server over made-up projects: a file's text says what happens when it is opened or baked."""

import ctypes
import os
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flatrender.aftereffects.server import main
from flatrender.core.errors import BadFile, NotFound

OPENED: list[str] = []


class MadeUpProject:
    def __init__(self, path: Path) -> None:
        self.words = path.read_text("utf-8").split()
        OPENED.append(path.name)
        self.act("open")

    def act(self, moment: str) -> None:
        """`open-segfault`, `bake-hang` …: the fault that the file names for this moment."""
        fault = next((word.partition("-")[2] for word in self.words if word.startswith(f"{moment}-")), "")
        match fault:
            case "segfault":
                ctypes.string_at(0)
            case "hang":
                threading.Event().wait()
            case "spin":
                while True:
                    pass
            case "memory":
                hoard = []
                while True:
                    hoard.append(bytearray(64 * 1024 * 1024))
            case "large":
                self.hoard = bytearray(270 * 1024 * 1024)
            case "exit":
                os._exit(3)
            case "bug":
                raise KeyError("a bug of ours")
            case "bad":
                raise BadFile("This file is damaged; save it again.", field="file", offset=12)

    def lottie(self, comp_id: int, values: dict[str, Any]) -> dict[str, Any]:
        if comp_id != 1:
            raise NotFound(f"There is no composition #{comp_id}.")
        return {
            "v": "5.7.0",
            "w": 40,
            "h": 20,
            "fr": 10,
            "ip": 0,
            "op": 5,
            "layers": [],
            "assets": [],
            "values": values,
        }

    def moving(self, comp_id: int, values: dict[str, Any]) -> SimpleNamespace:
        return SimpleNamespace(lottie=self.lottie(comp_id, values), tracks=[], notes=())

    def bake(self, comp_id: int, address: str, value: dict[str, Any], values: dict[str, Any]) -> list[dict[str, Any]]:
        self.act("bake")
        print("what a library prints must not disturb the answer")
        layer = {"nm": value["text"], "opened": OPENED, "pid": os.getpid()}
        return [{"asset": None, "ind": comp_id, "layer": layer, "address": address, "others": values}]

    def save(self, values: dict[str, Any], out: Path) -> None:
        out.write_text(str(values))


if __name__ == "__main__":
    main(opener=MadeUpProject)
