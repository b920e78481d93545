"""Where files live. Keys are relative POSIX paths, in a local folder or a bucket (`core.object_storage`)."""

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple, Protocol

from flatrender.core.errors import InvalidInput, NoSpace, NotFound
from flatrender.core.ids import new_id
from flatrender.settings import get_settings

SPARE_BYTES = 256 * 1024**2  # of the disk, never given to what people send


class StoredFile(NamedTuple):
    """A file of the storage: its key, bytes, and when it was put there in seconds of the epoch."""

    key: str
    size: int
    at: float


OnBytes = Callable[[int], None]
"""Hears of each further number of bytes that went over a network, from any thread; what it raises ends the copy."""


class Storage(Protocol):
    """Files by key. A file appears whole or not at all."""

    def put_file(self, source: Path, key: str, on_bytes: OnBytes | None = None) -> None: ...
    def link_file(self, source: Path, key: str) -> None: ...
    def put_bytes(self, data: bytes, key: str) -> None: ...
    def open(self, key: str) -> BinaryIO: ...
    def local_path(self, key: str) -> Path: ...
    def key_of(self, path: Path) -> str | None: ...
    def hold(self) -> AbstractContextManager[None]: ...
    def forget(self, key: str) -> None: ...
    def exists(self, key: str) -> bool: ...
    def size(self, key: str) -> int: ...
    def delete(self, key: str) -> None: ...
    def delete_old(self, key: str, before: float) -> bool: ...
    def files(self, folder: str) -> Iterator[StoredFile]: ...
    def sweep(self, before: float) -> int: ...
    def probe(self) -> None: ...


class LocalStorage:
    """Storage in one folder. Raises NotFound for an absent key, NoSpace when the disk is full."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)

    def put_file(self, source: Path, key: str, on_bytes: OnBytes | None = None) -> None:
        """Copies `source` under `key`; on a disk that is soon done, and not told on the way."""
        with source.open("rb") as reader:
            self._write(reader, key)

    def link_file(self, source: Path, key: str) -> None:
        """As `put_file`, without a copy where the disk can do that: `source` may be removed, never changed. Young as
        whatever is put."""
        path = self._path(key)
        temporary = path.with_name(f".{path.name}.{new_id()}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.link(source, temporary)
            os.utime(temporary)  # what no row names is swept by its age: kept anew is young; `source` is so as well
            os.replace(temporary, path)
        except OSError:  # another file system, or one that has no links
            temporary.unlink(missing_ok=True)
            self.put_file(source, key)
        else:
            temporary.unlink(missing_ok=True)  # still there where both names were the same file already

    def put_bytes(self, data: bytes, key: str) -> None:
        """Stores `data` under `key`."""
        path = self._path(key)
        temporary = path.with_name(f".{path.name}.{new_id()}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(data)
            os.replace(temporary, path)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise explain(error) from error

    def open(self, key: str) -> BinaryIO:
        """The file under `key`, for reading."""
        return self.local_path(key).open("rb")

    def local_path(self, key: str) -> Path:
        """A path to read `key` from; it may not be changed."""
        path = self._path(key)
        if not path.is_file():
            raise NotFound("That file is no longer there.", code="file-gone")
        return path

    def key_of(self, path: Path) -> str | None:
        """The key of a path that `local_path` gave; None for any other."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else None

    def hold(self) -> AbstractContextManager[None]:
        """While it is entered, the copies that this thread gets stay; here are none but the files themselves."""
        return nullcontext()

    def forget(self, key: str) -> None:
        """Removes this machine's copy; here is none but the file itself."""

    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    def size(self, key: str) -> int:
        """Bytes under `key`."""
        return self.local_path(key).stat().st_size

    def delete(self, key: str) -> None:
        """Removes `key`; an absent one is no error."""
        self._path(key).unlink(missing_ok=True)

    def delete_old(self, key: str, before: float) -> bool:
        """Removes `key` unless it was put there anew since `before`, seconds of the epoch; whether it did."""
        path = self._path(key)
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                path.unlink()
                return True
        return False

    def files(self, folder: str) -> Iterator[StoredFile]:
        """All files whose keys begin with `folder`/, in no order; those that vanish meanwhile are left out."""
        for path in self._walk(self._path(folder)):
            if not path.name.endswith(".tmp"):
                with suppress(FileNotFoundError):
                    stat = path.stat()
                    yield StoredFile(path.relative_to(self.root).as_posix(), stat.st_size, stat.st_mtime)

    def sweep(self, before: float) -> int:
        """Removes half-written files that nobody has touched since `before`, seconds of the epoch; how many."""
        swept = 0
        for path in self._walk(self.root):
            if path.name.startswith(".") and path.name.endswith(".tmp"):
                with suppress(FileNotFoundError):
                    if path.stat().st_mtime < before:
                        path.unlink()
                        swept += 1
        return swept

    def probe(self) -> None:
        """Raises where the storage does not take files; of a folder each file tells that."""

    def _walk(self, folder: Path) -> Iterator[Path]:
        for parent, _, names in os.walk(folder):
            yield from (Path(parent, name) for name in names)

    def _write(self, reader: BinaryIO, key: str) -> None:
        path = self._path(key)
        temporary = path.with_name(f".{path.name}.{new_id()}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as writer:
                shutil.copyfileobj(reader, writer, 1 << 20)
            os.replace(temporary, path)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise explain(error) from error

    def _path(self, key: str) -> Path:
        return self.root.joinpath(*check_key(key))


def check_key(key: str) -> tuple[str, ...]:
    """The parts of a key. Raises InvalidInput for one that could leave the storage."""
    parts = PurePosixPath(key).parts
    if not parts or key.startswith("/") or ".." in parts or "\\" in key or "\0" in key:
        raise InvalidInput(f"{key!r} is no storage key.")
    return parts


def check_disk(folder: Path, size: int) -> None:
    """Raises NoSpace where the disk of `folder` has no room for `size` more bytes and `SPARE_BYTES`."""
    if shutil.disk_usage(folder).free < size + SPARE_BYTES:
        raise NoSpace("There is no space left for uploads; tell the administrator of this site.")


def explain(error: OSError) -> Exception:
    """What a person should read of it: NoSpace for a full disk, else the error itself."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return NoSpace("There is no space left for files; free some and try again.")
    return error


@lru_cache(maxsize=1)
def get_storage() -> Storage:
    """The process's storage, from the settings."""
    settings = get_settings()
    if settings.storage is None:
        return LocalStorage(settings.storage_dir)
    from flatrender.core.file_cache import FileCache
    from flatrender.core.object_storage import ObjectStorage

    return ObjectStorage.at(settings.storage, FileCache(settings.cache_dir / "files", settings.file_cache_bytes))
