"""Where a command is to write: looked at before the work is done, and refused in one sentence that names the place.

What is written is a file of its own beside the place until it is whole, so that what was there is replaced at the very
end or not at all. Replaced are ordinary files that their owner may write: no links (what they lead to is not what was
named), no devices, and nothing that the command itself reads.
"""

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from flatrender.core.errors import InvalidInput, NoSpace

ELSEWHERE = "choose another place"
_PROJECTS = {".aep", ".aepx"}
_EFFECTIVE = os.access in os.supports_effective_ids


def file(given: str) -> Path:
    """The file that a person names. Raises InvalidInput for none, and for a name that is a folder's."""
    if given == "-":
        raise InvalidInput("Nothing is written to the standard output; name a file.", field="out")
    if given.endswith(("/", os.sep)):
        raise InvalidInput(f"{given} is a folder's name; name a file.", field="out")
    return folder(given)


def folder(given: str) -> Path:
    """The same for a folder. Its name is one that a neighbour's can be made of."""
    if not given.strip():
        raise InvalidInput("No place is named to write to; name one.", field="out")
    try:
        # A shell leaves `--out=~/film.mp4` as it is.
        path = Path(os.path.expanduser(given))
        return path if path.name not in {"", ".."} else path.resolve()
    except (OSError, RuntimeError):
        raise InvalidInput(f"{given} cannot be written to; {ELSEWHERE}.", field="out") from None


def writable_file(path: Path, *, make_folder: bool = True, own: Iterable[Path] = ()) -> None:
    """Tries to write beside a file that is to be made, or replaced. Without `make_folder` its folder must be there.
    `own`: files that the command reads.

    Raises InvalidInput for what is a folder, a link, a device or one of `own`, or cannot be written, NoSpace.
    """
    with said(path):
        if path.is_dir():
            raise InvalidInput(f"{path} is a folder; name a file.", field="out")
        if make_folder:
            _make(path.parent)
        elif not path.absolute().parent.is_dir():
            raise InvalidInput(f"There is no folder {path.parent}; make it first.", field="out")
        _replaceable(path)
        for mine in own:
            if path.exists() and mine.exists() and path.samefile(mine):
                raise InvalidInput(f"{path} is what is read here and would be lost; name another file.", field="out")
        _try(path)


def writable_folder(path: Path, names: Iterable[str] = (), own: Iterable[Path] = ()) -> None:
    """Makes a folder, and tries to write into it. `names`: of the files that are to be made, or replaced, there.

    Raises InvalidInput for what is a file or cannot be written, NoSpace.
    """
    with said(path):
        if path.is_symlink() and not path.exists():  # one that leads to a folder is taken for it
            raise _link(path, "folder")
        if path.exists() and not path.is_dir():
            raise InvalidInput(f"{path} is a file; give a folder.", field="out")
        _make(path)
        there = [path / name for name in names if os.path.lexists(path / name)]
        pictures = [mine for mine in own if mine.suffix.lower() == ".png" and mine.stem.isdigit()]  # of a sequence
        if there and any(mine.exists() and mine.parent.samefile(path) for mine in pictures):
            raise InvalidInput(f"{path} holds what is read here; name another folder.", field="out")
        for each in there:
            _replaceable(each)
        _try(path / "000000.png")


def replaceable_folder(path: Path, own: Iterable[Path] = ()) -> None:
    """Tries to write beside a folder of pictures that is to be made whole, or replaced. Raises as the others do."""
    from flatrender.film.encode import check_place

    with said(path):
        if path.is_symlink():
            raise _link(path, "folder")
        check_place(path, folder=True)
        for mine in own:
            if path.is_dir() and mine.exists() and mine.resolve().is_relative_to(path.resolve()):
                raise InvalidInput(f"{path} holds what is read here; name another folder.", field="out")
        _make(path.parent)
        _try(path)


def new_file(path: Path, instead: str = "choose another name", *, make_folder: bool = True) -> None:
    """As `writable_file`, and refuses what is there already. `instead`: what to do about it."""
    _is_new(path, instead)
    writable_file(path, make_folder=make_folder)


@contextmanager
def whole(path: Path, *, then: str = ELSEWHERE, new: bool = False) -> Iterator[Path]:
    """A name beside `path` to write a file under; at the end it takes the place of `path` with its permissions, and
    where anything fails nothing is left. The name is one that nobody foresees, and ends as `path` does.

    Raises InvalidInput where it cannot be written, and with `new` where `path` is there by then; NoSpace. `then`: what
    to do about it.
    """
    half = path.with_name(f".{os.urandom(4).hex()}.{path.name}")
    with said(path, then):
        try:
            yield half
            if new:
                _put_new(half, path, then)
            else:
                _put(half, path)
        finally:
            half.unlink(missing_ok=True)


def _put_new(half: Path, path: Path, instead: str) -> None:
    _is_new(path, instead)
    try:
        os.link(half, path)  # unlike a replacement it never takes the place of a file that came in between
    except FileExistsError:
        raise InvalidInput(f"{path} is there already; {instead}.", field="out") from None
    except OSError:  # no links on this file system
        _is_new(path, instead)
        half.replace(path)


def _put(half: Path, path: Path) -> None:
    with suppress(OSError):  # none is there, or a file system without permissions
        half.chmod(path.stat().st_mode & 0o777)
    half.replace(path)


@contextmanager
def said(path: Path, then: str = ELSEWHERE) -> Iterator[None]:
    """What the system says while `path` is written, as a sentence of ours."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise NoSpace(f"There is no space left for {path}; free some, or {ELSEWHERE}.") from None
        raise InvalidInput(f"{path} cannot be written ({error.strerror}); {then}.", field="out") from None


def _is_new(path: Path, instead: str) -> None:
    with said(path):
        there = os.path.lexists(path) and not path.is_dir()
    if there:
        raise InvalidInput(f"{path} is there already; {instead}.", field="out")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:  # which says nothing of what is wrong
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from None


def _replaceable(path: Path) -> None:
    """Raises InvalidInput for a link, a device or a project, OSError for what is another's or protected."""
    try:
        there = path.lstat()
    except FileNotFoundError:
        return
    if stat.S_ISLNK(there.st_mode):
        raise _link(path, "file")
    if not stat.S_ISREG(there.st_mode):
        raise InvalidInput(f"{path} is no ordinary file; name one.", field="out")
    if path.suffix.lower() in _PROJECTS:
        raise InvalidInput(f"{path} is a project and would be lost; name another file.", field="out")
    around = path.absolute().parent.stat()
    others = hasattr(os, "geteuid") and os.geteuid() not in {0, there.st_uid, around.st_uid}
    if (others and around.st_mode & stat.S_ISVTX) or not os.access(path, os.W_OK, effective_ids=_EFFECTIVE):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def _link(path: Path, kind: str) -> InvalidInput:
    return InvalidInput(f"{path} is a link, to {os.readlink(path)}; name the {kind} itself.", field="out")


def _try(path: Path) -> None:
    """With a name as long as the longest of half-made files are (`film.encode`)."""
    probe = path.with_name(f"{path.name}.{os.urandom(4).hex()}.palette.tmp")
    probe.open("xb").close()
    probe.unlink()
