"""The Redis that the studio starts for itself: its own folder, an append-only file, a socket that only we may open."""

import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

from flatrender.commands.supervisor import Service
from flatrender.core.runtime import Program

# The kernel's limit for a socket's path is 108 bytes.
LONGEST_SOCKET = 100


def socket_path(data: Path) -> Path:
    """Where the socket lies: in the data folder if its path is short and plain enough for every client, else outside.

    arq reads the path out of an URL without decoding it.
    """
    wanted = data / "run" / "redis.sock"
    if len(str(wanted)) <= LONGEST_SOCKET and re.fullmatch(r"[\w./-]+", str(wanted), re.ASCII):
        wanted.parent.mkdir(parents=True, exist_ok=True)
        return wanted
    return _outside(data) / "redis.sock"


def _outside(data: Path) -> Path:
    """The same folder at each start; a fresh one where somebody else made a folder of its name."""
    mark = hashlib.sha256(str(data).encode("utf-8", "surrogateescape")).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"flatrender-{os.getuid()}-{mark}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077:
        return folder
    return Path(tempfile.mkdtemp(prefix="flatrender-"))


def url_of(socket: Path) -> str:
    """The socket's address for Redis clients; arq wants the database named."""
    return f"unix://{socket}?db=0"


def service(program: Program, data: Path, socket: Path, env: Mapping[str, str]) -> Service:
    """How to run it. No TCP port is opened; every second is written to disk."""
    folder = data / "redis"
    folder.mkdir(parents=True, exist_ok=True)
    socket.unlink(missing_ok=True)
    words = [str(program.path), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"]
    words += ["--dir", str(folder), "--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
    words += ["--daemonize", "no", "--maxmemory-policy", "noeviction"]
    return Service(
        "redis", words, env, folder, ready=lambda: answers(socket), ready_seconds=30, stop_seconds=10, foundation=True
    )


def answers(socket: Path) -> bool:
    """Whether a server answers PING on the socket (it loads its file first)."""
    import socket as sockets

    try:
        with sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM) as connection:
            connection.settimeout(1)
            connection.connect(str(socket))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
    except OSError:
        return False
