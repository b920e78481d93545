"""Where a command is to write: looked at before the work is done, and refused in one sentence that names the place."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flatrender.core.errors import InvalidInput, NoSpace


def writable_file(path: Path, *, make_folder: bool = True) -> None:
    """Tries to write beside a file that is to be made. Without `make_folder` its folder must be there.

    Raises InvalidInput for what is a folder or cannot be written, NoSpace.
    """
    with said(path):
        if path.is_dir():
            raise InvalidInput(f"{path} is a folder; name a file.", field="out")
        if make_folder:
            _make(path.parent)
        elif not path.absolute().parent.is_dir():
            raise InvalidInput(f"There is no folder {path.parent}; make it first.", field="out")
        _try(path)


def writable_folder(path: Path) -> None:
    """Makes a folder, and tries to write into it.

    Raises InvalidInput for what is a file or cannot be written, NoSpace.
    """
    with said(path):
        if path.exists() and not path.is_dir():
            raise InvalidInput(f"{path} is a file; give a folder.", field="out")
        _make(path)
        _try(path / "000000.png")


def replaceable_folder(path: Path) -> None:
    """Tries to write beside a folder of pictures that is to be made whole, or replaced. Raises as the others do."""
    from flatrender.film.encode import check_place

    with said(path):
        check_place(path, folder=True)
        _make(path.parent)
        _try(path)


def new_file(path: Path) -> None:
    """As `writable_file`, and refuses what is there already."""
    with said(path):
        there = path.exists() and not path.is_dir()
    if there:
        raise InvalidInput(f"{path} is there already; choose another name.", field="out")
    writable_file(path)


@contextmanager
def said(path: Path) -> Iterator[None]:
    """What the system says while `path` is written, as a sentence of ours."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise NoSpace(f"There is no space left for {path}.") from None
        raise InvalidInput(f"{path} cannot be written ({error.strerror}); choose another place.", field="out") from None


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:  # which says nothing of what is wrong
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from None


def _try(path: Path) -> None:
    """With a name as long as those of half-made files are."""
    probe = path.with_name(f"{path.name}.{os.getpid():08d}.tmp")
    probe.open("xb").close()
    probe.unlink()
