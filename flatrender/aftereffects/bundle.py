"""Bundles: an .aep, a folder, or a .zip with the project and its files, a stranger's and therefore unpacked guarded."""

import errno
import hashlib
import os
import re
import shutil
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from flatrender.aftereffects import bundle_cache
from flatrender.core.errors import BadFile, InvalidInput, NoSpace, NotFound, TooLarge

MAX_ENTRIES = 20_000
MAX_FILE = 4 * 1024**3
MAX_TOTAL = 8 * 1024**3
MAX_RATIO = 200  # an archive that grows more than this is a bomb; real media hardly shrink at all
_FREE = 64 * 1024**2  # small archives may grow to this whatever their ratio
_CHUNK = 1024 * 1024
_END_BYTES = 22 + 65535 + 76  # end record, its comment, and the two of ZIP64 before it
_ENTRY_BYTES = 1024  # of the directory, per entry: its 46 bytes, a long path, times and owners
_DAMAGE = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,  # offsets before the beginning, names that are no UTF-8
)
# What the system says of an archive's own nonsense: offsets, names that cannot be, a file in a folder's place.
_NONSENSE = {None, errno.EINVAL, errno.ENAMETOOLONG, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.EILSEQ}
_FULL = {errno.ENOSPC, errno.EDQUOT}
_IGNORED = re.compile(r"(^|/)(__MACOSX/|\._|\.DS_Store$|Thumbs\.db$)", re.IGNORECASE)
_AUTO_SAVE = re.compile(r"(^|/)(Adobe After Effects )?Auto-?Save/", re.IGNORECASE)
# Of these alone `zipfile` makes no more at a time than it is asked for: of others one read makes whatever is there.
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


@dataclass(frozen=True)
class Bundle:
    """A project file and the folder in which its footage and fonts lie.

    `lone`: an .aep was given without its folder. Files are then looked for at exact places beside it; a folder that
    may be anyone's home is not searched. `held` keeps an unpacked folder from being removed.
    """

    project: Path
    root: Path
    name: str
    md5: str
    lone: bool = False
    held: bundle_cache.Held | None = field(default=None, repr=False, compare=False)

    def files(self) -> list[Path]:
        """Every file of a folder or an archive; none of a lone project."""
        if self.lone:
            return []
        return [path for path in self.root.rglob("*") if path.is_file() and not path.is_symlink()]

    @property
    def fonts(self) -> Path:
        """The folder to look for fonts in."""
        return self.root / "fonts" if self.lone else self.root


def open_bundle(path: Path, project: str | None = None, cache: Path | None = None) -> Bundle:
    """The bundle at `path`.

    Args:
        path: an .aep, a .zip or a folder.
        project: which .aep, by its name or the end of its path, where there are several.
        cache: the folder in which archives are unpacked, once per content; see `bundle_cache.default_cache`.

    Raises:
        NotFound: nothing is there, or no project of the wanted name.
        BadFile: the archive is unsafe or damaged, or holds no project.
        InvalidInput: several projects and no choice.
        TooLarge: the archive is over its limits.
        NoSpace: it cannot be unpacked as the disk is full.
        Unavailable: the folder for unpacked archives is not this user's alone.
    """
    if not path.exists():
        raise NotFound(f"{path} is not there; check the path.")
    if path.is_dir():
        found = (file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file())
        chosen = path / _choose(path.name, _projects(found), project)
        return Bundle(chosen, path, chosen.name, file_md5(chosen))
    if zipfile.is_zipfile(path) and path.suffix.lower() != ".aep":
        md5 = file_md5(path)
        root, held = _cached(path, md5, cache or bundle_cache.default_cache())
        chosen = root / _choose(path.name, projects_in(path, path.name), project)
        return Bundle(chosen, root, chosen.name, md5, held=held)
    if path.suffix.lower() == ".zip":
        raise BadFile(f"{path.name} is not a ZIP archive, or it is damaged; pack it again.")
    return Bundle(path, path.parent, path.name, file_md5(path), lone=True)


def file_md5(path: Path) -> str:
    """The content's md5: a name for it, not a protection."""
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(_CHUNK):
            digest.update(block)
    return digest.hexdigest()


def _cached(archive: Path, md5: str, cache: Path) -> tuple[Path, bundle_cache.Held]:
    """The archive's folder in the cache, held, whoever unpacked it."""
    target = bundle_cache.own(cache) / md5
    while (held := bundle_cache.hold(target)) is None:
        unpack(archive, target)
        held = bundle_cache.hold(target)
        if held is not None:
            bundle_cache.trim(cache)
            break
    return target, held


def projects_in(archive: Path, name: str) -> list[str]:
    """The projects inside an archive: their paths as they will lie when it is unpacked, auto-saves too, sorted.

    Raises BadFile for an unsafe or damaged one, TooLarge for one of too many files; `name` is what people call it.
    """
    with _opened(archive, name) as opened:
        return _projects(inside.as_posix() for entry, inside in _entries(name, opened) if not entry.is_dir())


def unpacked_size(archive: Path, name: str) -> int:
    """The most bytes that unpacking makes: by what the archive says, beyond which nothing of it is read.

    Raises as `projects_in`, and TooLarge for more than is unpacked.
    """
    with _opened(archive, name) as opened:
        size = sum(entry.file_size for entry, _ in _entries(name, opened))
    allowed = _allowed(archive)
    if size > allowed:
        raise _grows(name, allowed)
    return size


def without_auto_saves(names: list[str]) -> list[str]:
    """Of projects those that are no auto-saves; all where nothing else is."""
    return [name for name in names if not _AUTO_SAVE.search(name)] or names


def _projects(names: Iterable[str]) -> list[str]:
    return sorted(
        {name for name in names if PurePosixPath(name).suffix.lower() == ".aep" and not _IGNORED.search(name)}
    )


def _choose(archive: str, names: list[str], wanted: str | None) -> str:
    found = names
    if wanted is not None:
        found = [name for name in names if name == wanted or name.endswith("/" + wanted)]
        found = found or [name for name in names if PurePosixPath(name).stem == wanted]
        if not found:
            raise NotFound(f"{archive} holds no project {wanted!r}; it holds {_listed(names) or 'none'}.")
    found = without_auto_saves(found)
    if not found:
        raise BadFile(f"{archive} holds no After Effects project (.aep); put one into it.", field="file")
    if len(found) > 1:
        raise InvalidInput(f"{archive} holds {len(found)} projects, {_listed(found)}; choose one with --project NAME.")
    return found[0]


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:5])
    return shown + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def unpack(archive: Path, target: Path) -> Path:
    """Unpacks `archive` into `target` once; a second call finds it there.

    Nothing is written outside of `target`; links, devices, absolute paths and ".." are refused, and so is whatever
    grows beyond the limits, counted while it is written and not by what the archive says of itself.

    Raises:
        BadFile, TooLarge: the archive is unsafe, damaged or over its limits.
        NoSpace: the disk is full; the archive is as good as before.
    """
    try:
        return _unpack(archive, target)
    except OSError as error:
        if error.errno in _FULL:
            raise NoSpace(f"There is no space left to unpack {archive.name}; free some and try again.") from error
        raise


def _unpack(archive: Path, target: Path) -> Path:
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = Path(tempfile.mkdtemp(dir=target.parent, prefix=bundle_cache.HALF))
    try:
        with _opened(archive, archive.name) as opened:
            _extract(archive, opened, half)
        try:
            half.rename(target)
        except OSError:
            if not target.is_dir():  # otherwise another process was faster
                raise
    finally:
        shutil.rmtree(half, ignore_errors=True)
    return target


@contextmanager
def _opened(archive: Path, name: str) -> Iterator[zipfile.ZipFile]:
    """An archive of a bearable number of files; whatever it does to its reader is told as damage. A fault of the
    machine stays one."""
    try:
        check_entries(archive, name)
        with zipfile.ZipFile(archive) as opened:
            yield opened
    except (*_DAMAGE, OSError) as error:
        if isinstance(error, OSError) and error.errno not in _NONSENSE:
            raise
        raise BadFile(f"{name} cannot be unpacked: it is damaged; pack it again.", field="file") from error


def _entries(name: str, opened: zipfile.ZipFile) -> list[tuple[zipfile.ZipInfo, PurePosixPath]]:
    """What is to be unpacked, and where; each entry is checked before the first one is."""
    found = []
    for entry in opened.infolist():
        inside = safe_name(name, entry)
        if inside is None or _IGNORED.search(inside.as_posix()):
            continue
        if entry.flag_bits & 1:
            raise BadFile(f"{name} cannot be unpacked: it is encrypted; pack it without a password.", field="file")
        if entry.compress_type not in _METHODS:
            raise BadFile(
                f"{name} is compressed by another method than Deflate (number {entry.compress_type} of ZIP), which is "
                "not read here; pack it again as an ordinary ZIP.",
                field="file",
            )
        found.append((entry, inside))
    return found


def _allowed(archive: Path) -> int:
    return min(MAX_TOTAL, max(_FREE, MAX_RATIO * archive.stat().st_size))


def _grows(name: str, allowed: int) -> TooLarge:
    most = allowed // 1024**2
    return TooLarge(f"{name} grows to more than {most} MB when unpacked, which is not allowed.", field="file")


def _extract(archive: Path, opened: zipfile.ZipFile, root: Path) -> None:
    allowed = _allowed(archive)
    total = 0
    for entry, inside in _entries(archive.name, opened):
        target = root.joinpath(*inside.parts)
        if entry.is_dir():
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        size = 0
        with opened.open(entry) as source, target.open("xb") as written:
            while block := source.read(_CHUNK):
                size += len(block)
                total += len(block)
                if size > MAX_FILE or total > allowed:
                    raise _grows(archive.name, allowed)
                written.write(block)


def check_entries(archive: Path, name: str, most: int | None = None) -> None:
    """Raises TooLarge for an archive of more than `most` (by default `MAX_ENTRIES`) files.

    The central directory is walked as bytes (APPNOTE.TXT 4.3.12 to 4.3.16) before `zipfile` makes an object of each
    entry: the count that the archive states itself may be a lie. What makes no sense is left to `zipfile` to refuse.
    """
    most = MAX_ENTRIES if most is None else most
    with archive.open("rb") as file:
        length = file.seek(0, os.SEEK_END)
        start = max(0, length - _END_BYTES)
        file.seek(start)
        tail = file.read(_END_BYTES)
        # The places where `zipfile` looks: at the very end, else the last signature; the ZIP64 record right before it.
        at = len(tail) - 22
        if at < 0 or tail[at : at + 4] != b"PK\x05\x06" or tail[-2:] != b"\0\0":
            at = tail.rfind(b"PK\x05\x06")
        if at < 0 or len(tail) < at + 22:
            return
        (size,) = struct.unpack_from("<I", tail, at + 12)
        if at >= 76 and tail[at - 20 : at - 16] == b"PK\x06\x07" and tail[at - 76 : at - 72] == b"PK\x06\x06":
            at -= 76
            (size,) = struct.unpack_from("<Q", tail, at + 40)
        if size > most * _ENTRY_BYTES:
            raise TooLarge(f"{name} holds more than the {most} files that are allowed.", field="file")
        file.seek(max(0, start + at - size))
        directory = file.read(size)
    count = place = 0
    while directory[place : place + 4] == b"PK\x01\x02" and place + 46 <= len(directory):
        place += 46 + sum(struct.unpack_from("<HHH", directory, place + 28))
        count += 1
        if count > most:
            raise TooLarge(f"{name} holds more than the {most} files that are allowed.", field="file")


def safe_name(archive: str, entry: zipfile.ZipInfo) -> PurePosixPath | None:
    """Where an entry belongs below the target, None for the root itself.

    Raises:
        BadFile: a link or a device, no name, an absolute path, a drive, or a way out by "..".
    """
    if not entry.filename:
        raise BadFile(f"{archive} holds a file without a name, which is not allowed.", field="file")
    mode = entry.external_attr >> 16
    kind = stat.S_IFMT(mode)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise BadFile(f"{archive} holds a link or a device ({entry.filename}), which is not allowed.", field="file")
    name = entry.filename.replace("\\", "/")
    path = PurePosixPath(name)
    if path.is_absolute() or re.match(r"[A-Za-z]:", name) or "\x00" in name:
        raise BadFile(f"{archive} holds an absolute path ({entry.filename}), which is not allowed.", field="file")
    if ".." in path.parts:
        raise BadFile(
            f"{archive} holds a path that leads out of it ({entry.filename}), which is not allowed.", field="file"
        )
    return path if path.parts else None
