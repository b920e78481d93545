"""`flatrender` without its second of imports, for a tool that calls the command line many times.

A process has imported what `snapshot` needs. The command line that stands for `flatrender` hands its words and its
outputs over to it, a fork runs the command with them, and the exit status is the command's. That command line runs this
file, too, so nothing of ours is imported before it must be.
"""

import json
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def served() -> Iterator[list[str]]:
    """The command line that stands for `flatrender` while this is open."""
    from flatrender.core import process
    from tests.deadline import until

    with tempfile.TemporaryDirectory(prefix="flatrender-") as folder:  # a socket's address is a short one
        address = Path(folder) / "cli"
        server = process.Child(
            [sys.executable, "-m", "tests.aftereffects.prepared", str(address)],
            cwd=Path(__file__).parents[2],
            stdin=process.DEVNULL,
            limits=process.Limits(wall_seconds=900),
        )
        try:
            until(lambda: address.exists() or server.popen.poll() is not None, 60, "the prepared process")
            yield [sys.executable, "-I", "-S", __file__, str(address)]
        finally:
            server.close()


def _serve(address: str) -> int:
    """Forks for each connection; in the forks it answers the command's exit status."""
    from flatrender import commands
    from flatrender.aftereffects import client, moving, project  # noqa: F401  # what the forks have at once
    from flatrender.aftereffects.raster import rasteriser  # noqa: F401
    from flatrender.commands import snapshot  # noqa: F401

    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{address}.new")
        listening.listen()
        os.rename(f"{address}.new", address)  # it is there when it can be asked
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        while True:
            connection, _ = listening.accept()
            with connection:
                said, outputs, _, _ = socket.recv_fds(connection, 1 << 16, 2)
                if os.fork():
                    for output in outputs:
                        os.close(output)
                    continue
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for number, output in enumerate(outputs, 1):
                    os.dup2(output, number)
                    os.close(output)
                status = commands.main(json.loads(said))
                sys.stdout.flush()
                sys.stderr.flush()
                connection.send(bytes([status]))
                return status


def _ask(address: str, given: list[str]) -> int:
    with socket.socket(socket.AF_UNIX) as asking:
        asking.connect(address)
        socket.send_fds(asking, [json.dumps(given).encode()], [1, 2])
        answer = asking.recv(1)  # nothing, where the command ended in no way of its own
        return answer[0] if answer else 1


if __name__ == "__main__":
    as_module = __spec__ is not None
    sys.exit(_serve(sys.argv[1]) if as_module else _ask(sys.argv[1], sys.argv[2:]))
