"""Stands in for aerender and nexrender-cli: replays a recorded run (`STAND_IN`), writes a film, ends as the run says.

It takes nothing from the project under test. `STAND_IN_FILM` is the film it writes, `STAND_IN_SAW` where it notes its
command line and job.
"""

import json
import os
import shutil
import signal
import sys
import threading
from pathlib import Path


def main(words: list[str]) -> None:
    if words == ["--version"]:
        print("1.49.5")
        return
    job = None
    if "--file" in words:
        job = json.loads(Path(words[words.index("--file") + 1]).read_text("utf-8"))
        out = Path(job["output"])
    else:
        out = Path(words[words.index("-output") + 1])
    if saw := os.environ.get("STAND_IN_SAW"):
        Path(saw).write_text(json.dumps({"argv": words, "job": job}), "utf-8")
    film = Path(os.environ["STAND_IN_FILM"])
    for line in Path(os.environ["STAND_IN"]).read_text("utf-8").splitlines():
        match line.split():
            case ["@film"]:
                shutil.copy(film, out)
            case ["@other"]:
                shutil.copy(film, out.with_suffix(".mov"))
            case ["@part"]:
                shutil.copy(film.with_name(f"short {film.name}"), out)
            case ["@exit", status]:
                sys.stdout.flush()
                os._exit(int(status))
            case ["@die"]:
                sys.stdout.flush()
                os.kill(os.getpid(), signal.SIGKILL)
            case ["@hang"]:
                threading.Event().wait()
            case ["@chatter"]:
                while not threading.Event().wait(0.02):
                    print("WARNING: dynamiclink is not answering", flush=True)
            case _:
                print(line, flush=True)


main(sys.argv[1:])
