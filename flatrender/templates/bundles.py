"""Bundles: the files of an After Effects project, stored once per content hash and tenant.

What is uploaded is kept as it came (`template.aep` or `bundle.zip`). Where a designer chose one project of several, or
gave fonts for missing ones, a *derived* bundle is packed from it; engine and nodes only ever see one file by one hash.
"""

import hashlib
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sqlmodel import Session, col, select

from flatrender.aftereffects.bundle import projects_in, unpack, unpacked_size, without_auto_saves
from flatrender.core.errors import BadFile, InvalidInput
from flatrender.core.storage import check_disk, get_storage
from flatrender.media.formats import clean_name, too_large
from flatrender.settings import get_settings
from flatrender.templates.models import Bundle, Template, TemplateScan

AEP_MAGIC = b"RIFX"  # big-endian RIFF
_CHUNK = 1 << 20

# Asked before a bundle is deleted: whether somebody still works from its file. Those who do register here, and call
# `drop_orphans` when they have ended.
UsageCheck = Callable[[Session, Bundle], bool]
_usage_checks: list[UsageCheck] = []


def on_use_check(check: UsageCheck) -> UsageCheck:
    """Registers `check`, which says whether a bundle is still worked from."""
    _usage_checks.append(check)
    return check


@dataclass(frozen=True)
class Stored:
    """A bundle in the storage. `kind`: aep or zip."""

    sha256: str
    md5: str
    size: int
    kind: str
    key: str


def kind_of(path: Path, file_name: str) -> str:
    """`aep` or `zip`, by the bytes. Raises BadFile with what to do for anything else."""
    with path.open("rb") as file:
        head = file.read(64)
    if head.startswith(AEP_MAGIC):
        return "aep"
    if zipfile.is_zipfile(path):
        return "zip"
    if not head:
        raise BadFile(f"{file_name} is empty.", field="file")
    if head.lstrip().startswith(b"<?xml"):
        raise BadFile(f"{file_name} is an After Effects XML project; save it as .aep and upload that.", field="file")
    if file_name.lower().endswith(".zip"):
        raise BadFile(f"{file_name} is not a ZIP archive, or it is damaged; pack it again.", field="file")
    raise BadFile(
        f"{file_name} is no After Effects project; upload an .aep, or a .zip with one and its files.", field="file"
    )


def choose(path: Path, file_name: str, wanted: str | None) -> str:
    """Which project of an archive is meant; `""` when there is but one.

    Raises:
        InvalidInput: several and no choice (`which-project`, with `choices`), or a choice that is not there.
        BadFile, TooLarge: the archive is unsafe, damaged, over its limits or holds no project.
    """
    names = without_auto_saves(projects_in(path, file_name))
    if not names:
        raise BadFile(f"{file_name} holds no After Effects project (.aep); put one into it.", field="file")
    if wanted:
        wanted = PurePosixPath(wanted).as_posix()  # `./a.aep` is how some programs list it
        if wanted not in names:
            raise InvalidInput(
                f"{file_name} holds no project {wanted!r}; choose one of {', '.join(names[:5])}.",
                code="which-project",
                field="project",
                choices=names,
            )
        return wanted if len(names) > 1 else ""
    if len(names) > 1:
        shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        raise InvalidInput(
            f"{file_name} holds {len(names)} projects; choose which one is the template: {shown}.",
            code="which-project",
            field="project",
            choices=names,
        )
    return ""


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder on the data disk for files on their way, deleted afterwards."""
    base = get_settings().data_dir / "uploads"
    base.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=base, prefix="bundle-") as folder:
        yield Path(folder)


def named(path: Path, file_name: str, folder: Path, kind: str) -> Path:
    """The file under its own name in a folder of its own, so that the engine speaks of it as people do."""
    name = clean_name(file_name)
    suffix = f".{kind}"
    if not name.lower().endswith(suffix):
        name += suffix
    (folder / "named").mkdir(exist_ok=True)
    place = folder / "named" / name
    place.symlink_to(path.resolve())
    return place


def store(tenant_id: str, path: Path, kind: str) -> Stored:
    """Puts the file into the storage, also where its content is there already: only what is young is safe from
    housekeeping until a row names it."""
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(_CHUNK):
            sha256.update(block)
            md5.update(block)
    digest = sha256.hexdigest()
    key = f"bundles/{tenant_id}/{digest}/" + ("template.aep" if kind == "aep" else "bundle.zip")
    size = path.stat().st_size
    get_storage().put_file(path, key)
    return Stored(digest, md5.hexdigest(), size, kind, key)


def record(session: Session, stored: Stored) -> Bundle:
    """The tenant's row of a stored bundle; the one that is there, or a new one."""
    query = select(Bundle).where(col(Bundle.sha256) == stored.sha256)
    bundle = session.exec(query.with_for_update()).first()  # who drops it at this moment waits, or had it first
    if bundle is None:
        bundle = Bundle(sha256=stored.sha256, md5=stored.md5, size=stored.size, kind=stored.kind, key=stored.key)
        session.add(bundle)
        session.flush()
    return bundle


def derive(path: Path, kind: str, out: Path, *, project: str = "", fonts: Mapping[str, Path] | None = None) -> None:
    """Packs a bundle anew into the .zip `out`: the chosen project alone of several, `fonts` (name → file) beside it.

    Unpacking is guarded as everywhere (see `aftereffects.bundle`); the same input gives the same bytes. Raises NoSpace
    before anything is unpacked that the disk has no room for.
    """
    given = unpacked_size(path, path.name) if kind == "zip" else path.stat().st_size
    check_disk(out.parent, 2 * (given + sum(font.stat().st_size for font in (fonts or {}).values())))
    with tempfile.TemporaryDirectory(dir=out.parent, prefix="derive-") as folder:
        root = Path(folder) / "files"
        if kind == "zip":
            unpack(path, root)
        else:
            root.mkdir()
            shutil.copyfile(path, root / "template.aep")
        if project:
            for other in root.rglob("*"):
                if other.suffix.lower() == ".aep" and other.is_file() and other.relative_to(root).as_posix() != project:
                    other.unlink()
        for name, font in (fonts or {}).items():
            place = root / "fonts" / "added" / name
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(font, place)
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
            for file in sorted(item for item in root.rglob("*") if item.is_file()):
                entry = zipfile.ZipInfo(file.relative_to(root).as_posix(), (1980, 1, 1, 0, 0, 0))
                with file.open("rb") as source, archive.open(entry, "w", force_zip64=True) as target:
                    shutil.copyfileobj(source, target, _CHUNK)


def pack_folder(folder: Path, out: Path) -> None:
    """Packs a folder (a demo) into the .zip `out`; the same files give the same bytes."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(item for item in folder.rglob("*") if item.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes())


def drop_unused(session: Session, bundle_ids: set[str]) -> None:
    """Deletes those of the bundles that no template, no scan and nobody at work holds any more.

    Their bytes stay: at that very moment somebody else may send the same ones. Housekeeping sweeps what no row names.
    """
    session.flush()
    for bundle_id in sorted(bundle_ids):
        bundle = session.exec(select(Bundle).where(col(Bundle.id) == bundle_id).with_for_update()).first()
        by_scan = session.exec(select(TemplateScan.id).where(col(TemplateScan.bundle_id) == bundle_id)).first()
        by_template = session.exec(select(Template.id).where(col(Template.bundle_id) == bundle_id)).first()
        if by_scan is None and by_template is None and bundle is not None:
            if any(check(session, bundle) for check in _usage_checks):
                continue
            session.delete(bundle)


def drop_orphans(session: Session, tenant_id: str) -> None:
    """Deletes the tenant's bundles that were kept only for somebody who has ended."""
    held = (
        select(TemplateScan.bundle_id).where(col(TemplateScan.tenant_id) == tenant_id),
        select(Template.bundle_id).where(col(Template.tenant_id) == tenant_id),
    )
    orphans = select(Bundle.id).where(col(Bundle.tenant_id) == tenant_id, *(col(Bundle.id).not_in(ids) for ids in held))
    drop_unused(session, set(session.exec(orphans)))


def check_size(path: Path, file_name: str) -> None:
    """Raises TooLarge for a file over the limit of the settings."""
    limit = get_settings().max_template_bytes
    if path.stat().st_size > limit:
        raise too_large(clean_name(file_name), limit)
