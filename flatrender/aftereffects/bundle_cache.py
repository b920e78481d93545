"""The folder of unpacked archives: the owner's alone, bounded in size, the longest unused out first.

An archive is unpacked under another name and renamed when it is whole; it is removed the other way round, so that a
folder named by an md5 is complete whatever was killed in between. Who works with one holds it by a shared lock on the
folder; one that is held is never removed.
"""

import contextlib
import os
import shutil
import stat
import tempfile
import time
from pathlib import Path
from typing import Final

from flatrender.core.errors import Unavailable
from flatrender.settings import default_data_dir

MOST_BYTES: Final = 16 * 1024**3
"""What may stay unpacked; one archive may grow to half of it (`bundle.MAX_TOTAL`)."""
HALF: Final = ".unpacking-"
GONE: Final = ".gone-"
_LEFT_SECONDS: Final = 6 * 3600  # what carries `HALF` for so long was left by a killed process


def default_cache() -> Path:
    """`FLATRENDER_BUNDLE_CACHE`, else `cache/bundles` in the data folder, else (read-only home) a temporary folder."""
    if base := os.environ.get("FLATRENDER_BUNDLE_CACHE"):
        return Path(base)
    folder = default_data_dir(os.environ) / "cache" / "bundles"
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if os.access(folder, os.W_OK | os.X_OK):
        return folder
    return Path(tempfile.gettempdir()) / f"flatrender-bundles-{_user()}"


def own(folder: Path) -> Path:
    """The folder, made where it is not there.

    Raises Unavailable when it is a link, another user's, or open for its group or for others to write: what lies in it
    could be anybody's, and would be taken for the project.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if os.name != "posix":
        return folder
    found = folder.lstat()
    foreign = found.st_uid not in {0, _user()} or not stat.S_ISDIR(found.st_mode)
    if foreign or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise Unavailable(
            f"{folder}, where archives are unpacked, is not this user's alone; "
            "remove it, or set FLATRENDER_BUNDLE_CACHE to another folder."
        )
    return folder


class Held:
    """A shared lock on an unpacked folder, as long as the object lives; nothing where there are no such locks."""

    def __init__(self, folder: Path) -> None:
        self._handle = -1
        try:
            import fcntl
        except ImportError:  # Windows
            return
        self._handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        fcntl.flock(self._handle, fcntl.LOCK_SH)

    def is_of(self, folder: Path) -> bool:
        """Whether the folder of that name is still the locked one."""
        if self._handle < 0:
            return folder.is_dir()
        try:
            return os.path.samestat(os.fstat(self._handle), folder.stat())
        except FileNotFoundError:
            return False

    def close(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def __del__(self) -> None:
        if getattr(self, "_handle", -1) >= 0:
            self.close()


def hold(folder: Path) -> Held | None:
    """Locks an unpacked folder and notes that it was used; None when there is none (any more)."""
    try:
        held = Held(folder)
    except FileNotFoundError:
        return None
    if not held.is_of(folder):
        held.close()
        return None
    with contextlib.suppress(OSError):
        os.utime(folder)
    return held


def trim(cache: Path, most: int = MOST_BYTES) -> None:
    """Removes the longest unused folders until `most` bytes are left, and what killed processes left half done."""
    try:
        import fcntl
    except ImportError:  # Windows: nobody could say what is in use
        return
    whole: list[tuple[float, Path]] = []
    for folder in cache.iterdir():
        with contextlib.suppress(OSError):
            changed = folder.stat().st_mtime
            if folder.name.startswith(GONE):
                shutil.rmtree(folder, ignore_errors=True)
            elif not folder.name.startswith(HALF):
                whole.append((changed, folder))
            elif time.time() - changed > _LEFT_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
    sizes = {folder: _size(folder) for _, folder in whole}
    total = sum(sizes.values())
    for _, folder in sorted(whole):
        if total <= most:
            return
        with contextlib.suppress(OSError):  # held, or another process was faster
            handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                gone = cache / f"{GONE}{os.getpid()}-{folder.name}"
                folder.rename(gone)
                total -= sizes[folder]
                shutil.rmtree(gone, ignore_errors=True)
            finally:
                os.close(handle)


def _size(folder: Path) -> int:
    size = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                size += os.lstat(os.path.join(place, name)).st_size
    return size


def _user() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0
