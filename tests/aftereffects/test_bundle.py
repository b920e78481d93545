"""What people upload: right files open, wrong ones give one sentence and exit status 2."""

import errno
import io
import stat
import zipfile
from pathlib import Path

import pytest

from flatrender.aftereffects import bundle
from flatrender.aftereffects.bundle import open_bundle
from flatrender.aftereffects.project import open_project
from flatrender.commands import main
from flatrender.core.errors import BadFile, FlatRenderError, InvalidInput, NoSpace, NotFound, TooLarge
from tests.aftereffects.authored import Author, template


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLATRENDER_BUNDLE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def project(tmp_path: Path) -> bytes:
    author = Author()
    author.comp("Main")
    return author.save(tmp_path / "made.aep").read_bytes()


def pack(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def refused(path: Path, kind: type[FlatRenderError], *words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Opening it raises `kind`; the command line says the same in one line and ends with 2."""
    with pytest.raises(kind) as caught:
        open_project(path)
    for word in words:
        assert word in caught.value.message
    assert main(["scan", str(path)]) == 2
    said = capsys.readouterr().err.strip()
    assert said == f"flatrender: {caught.value.message}"
    assert "\n" not in said


def test_text_file_named_aep(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "notes.aep"
    path.write_text("just some words, no project", "utf-8")
    refused(path, BadFile, "notes.aep is not an After Effects project", capsys=capsys)


def test_empty_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "empty.aep"
    path.touch()
    refused(path, BadFile, "is not an After Effects project", capsys=capsys)


@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
def test_truncated_project(tmp_path: Path, project: bytes, share: float, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "cut.aep"
    path.write_bytes(project[: int(len(project) * share)])
    refused(path, BadFile, "cut.aep is cut off", capsys=capsys)


def test_garbage_inside_a_whole_frame(tmp_path: Path, project: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "broken.aep"
    path.write_bytes(project[:400] + bytes(len(project) - 400))
    refused(path, BadFile, "broken.aep", "save it again", capsys=capsys)


def test_nothing_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused(tmp_path / "no.aep", NotFound, "is not there", capsys=capsys)


def test_zip_without_a_project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = pack(tmp_path / "pictures.zip", {"a.png": b"x"})
    refused(path, BadFile, "holds no After Effects project", capsys=capsys)


def test_zip_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "fake.zip"
    path.write_bytes(b"PK not really")
    refused(path, BadFile, "not a ZIP archive", capsys=capsys)


def test_two_projects_ask_which(tmp_path: Path, project: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    path = pack(tmp_path / "two.zip", {"a/first.aep": project, "b/second.aep": project})
    refused(path, InvalidInput, "a/first.aep", "b/second.aep", "--project", capsys=capsys)
    assert open_bundle(path, "second.aep").project.name == "second.aep"
    assert open_bundle(path, "a/first.aep").project.name == "first.aep"
    assert main(["scan", str(path), "--project", "first"]) == 0
    with pytest.raises(NotFound, match="holds no project"):
        open_bundle(path, "third.aep")


def test_auto_saves_and_mac_shadows_do_not_count(tmp_path: Path, project: bytes) -> None:
    files = {"film.aep": project, "__MACOSX/._film.aep": b"x", "Adobe After Effects Auto-Save/film 1.aep": project}
    assert open_bundle(pack(tmp_path / "film.zip", files)).project.name == "film.aep"


@pytest.mark.parametrize("name", ["../evil.aep", "a/../../evil.aep", "..\\evil.aep"])
def test_zip_slip(tmp_path: Path, project: bytes, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = pack(tmp_path / "slip.zip", {"good.aep": project, name: b"evil"})
    refused(path, BadFile, "leads out of it", capsys=capsys)
    assert not list(tmp_path.rglob("evil.aep"))


@pytest.mark.parametrize("name", ["/etc/evil", "C:/evil", "C:\\evil"])
def test_absolute_paths(tmp_path: Path, project: bytes, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = pack(tmp_path / "absolute.zip", {"good.aep": project, name: b"evil"})
    refused(path, BadFile, "absolute path", capsys=capsys)


def test_links(tmp_path: Path, project: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    path = pack(tmp_path / "link.zip", {"good.aep": project})
    link = zipfile.ZipInfo("shadow")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    refused(path, BadFile, "link or a device", capsys=capsys)


def test_bomb(tmp_path: Path, project: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    path = pack(tmp_path / "bomb.zip", {"good.aep": project, "zeros": bytes(80 * 1024**2)})
    refused(path, TooLarge, "grows to more than", capsys=capsys)
    assert not any((tmp_path / "cache").iterdir())  # nothing of it is left


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_only_methods_whose_reading_is_bounded_are_unpacked(
    tmp_path: Path, project: bytes, method: int, capsys: pytest.CaptureFixture[str]
) -> None:
    path = pack(tmp_path / "bomb.zip", {"good.aep": project})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("zeros", bytes(1024**2), method)
    refused(path, BadFile, "bomb.zip is compressed by another method than Deflate", "ordinary ZIP", capsys=capsys)
    assert not any((tmp_path / "cache").iterdir())
    with pytest.raises(BadFile, match="another method"):
        bundle.projects_in(path, "bomb.zip")


def test_encrypted_archive(tmp_path: Path, project: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    path = pack(tmp_path / "secret.zip", {"good.aep": project})
    raw = bytearray(path.read_bytes())
    for at in (6, raw.index(b"PK\x01\x02") + 8):
        raw[at] |= 1
    path.write_bytes(raw)
    refused(path, BadFile, "it is encrypted; pack it without a password", capsys=capsys)


def test_projects_are_listed_as_they_will_lie(tmp_path: Path, project: bytes) -> None:
    names = ["./b.aep", "a//A.AEP", "x/__MACOSX/c.aep", "x/._d.aep", "Auto-Save/b 1.aep", "e.aep/", "f.txt", ".aep"]
    path = pack(tmp_path / "many.zip", {name: b"" if name.endswith("/") else project for name in names})
    found = bundle.projects_in(path, "many.zip")
    assert found == ["Auto-Save/b 1.aep", "a/A.AEP", "b.aep"]
    root = bundle.unpack(path, tmp_path / "unpacked")
    assert all((root / name).is_file() for name in found)
    assert bundle.without_auto_saves(found) == ["a/A.AEP", "b.aep"]
    assert bundle.without_auto_saves(found[:1]) == found[:1]
    assert open_bundle(path, "b.aep").project.name == "b.aep"


def test_a_file_without_a_name(tmp_path: Path, project: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    path = pack(tmp_path / "nameless.zip", {"good.aep": project, "?name": b"x"})
    path.write_bytes(path.read_bytes().replace(b"?name", b"\0name"))  # names end at a zero
    refused(path, BadFile, "nameless.zip holds a file without a name", capsys=capsys)
    with pytest.raises(BadFile, match="without a name"):
        bundle.projects_in(path, "nameless.zip")


def test_bomb_that_lies_about_its_size(
    tmp_path: Path, project: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = pack(tmp_path / "liar.zip", {"good.aep": project, "zeros": bytes(2 * 1024**2)})
    raw = path.read_bytes()
    path.write_bytes(raw.replace((2 * 1024**2).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    monkeypatch.setattr(bundle, "_FREE", 1024**2)
    monkeypatch.setattr(bundle, "MAX_RATIO", 1)
    with pytest.raises(FlatRenderError) as caught:
        open_bundle(path)
    assert caught.value.exit_status == 2
    assert not any((tmp_path / "cache").iterdir())


def test_too_many_files(
    tmp_path: Path, project: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bundle, "MAX_ENTRIES", 5)
    path = pack(tmp_path / "many.zip", {"good.aep": project} | {f"{i}.txt": b"" for i in range(9)})
    refused(path, TooLarge, "more than the 5 files", capsys=capsys)


@pytest.mark.parametrize("force_zip64", [False, True])
def test_many_files_are_counted_before_they_become_objects(
    tmp_path: Path, force_zip64: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end record may state any count, here one; the directory itself is walked."""
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 10 if force_zip64 else 65535)
    path = pack(tmp_path / "many.zip", {f"{number}.png": b"" for number in range(40)})
    data = bytearray(path.read_bytes())
    end = data.rfind(b"PK\x05\x06")
    assert (b"PK\x06\x06" in data) is force_zip64
    data[end + 8 : end + 12] = b"\x01\x00\x01\x00"
    path.write_bytes(data)
    bundle.check_entries(path, "many.zip", 40)

    def forbidden(*_: object) -> None:
        raise AssertionError("listed before it was counted")

    monkeypatch.setattr(bundle, "MAX_ENTRIES", 39)
    monkeypatch.setattr(zipfile, "ZipFile", forbidden)
    with pytest.raises(TooLarge, match=r"many\.zip holds more than the 39 files"):
        bundle.unpack(path, tmp_path / "unpacked")
    with pytest.raises(TooLarge, match="more than the 39 files"):
        bundle.check_entries(path, "many.zip")


def test_damaged_archive(tmp_path: Path, project: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("film.aep", project)
    raw = bytearray(stream.getvalue())
    raw[200:600] = bytes(400)
    path = tmp_path / "damaged.zip"
    path.write_bytes(raw)
    refused(path, BadFile, "damaged", capsys=capsys)


class _Failing(io.BytesIO):
    """A file on a disk that fails with `number` at the first write."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def write(self, _: object) -> int:
        raise OSError(self.number, "from the disk")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_full_or_failing_disk_is_not_the_archives_fault(
    tmp_path: Path, project: bytes, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = pack(tmp_path / "film.zip", {"film.aep": project})
    own_open = Path.open
    monkeypatch.setattr(
        Path,
        "open",
        lambda self, mode="r", *a, **k: _Failing(number) if mode == "xb" else own_open(self, mode, *a, **k),
    )
    with pytest.raises(OSError if number == errno.EIO else NoSpace) as caught:
        open_bundle(path)
    if number != errno.EIO:
        assert "no space left to unpack film.zip" in str(caught.value)
    monkeypatch.undo()
    assert open_bundle(path, cache=tmp_path / "cache").project.name == "film.aep"  # nothing half is taken for whole


def test_a_file_where_a_folder_should_be(tmp_path: Path, project: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    path = pack(tmp_path / "film.zip", {"film.aep": project, "a": b"file", "a/b.png": b"below it"})
    refused(path, BadFile, "damaged", capsys=capsys)


def test_a_whole_bundle_finds_its_pictures(tmp_path: Path) -> None:
    home = tmp_path / "template"
    template(home)
    files = {path.relative_to(home).as_posix(): path.read_bytes() for path in home.rglob("*") if path.is_file()}
    packed = pack(tmp_path / "bundle.zip", files)
    for path in (home, home / "template.aep", packed):
        report = open_project(path).report()
        assert [(use.name, use.missing, use.path) for use in report.footage] == [
            ("photo.png", False, "images/photo.png")
        ], path
    assert open_bundle(packed).md5 == open_bundle(packed).md5


def test_footage_outside_of_the_bundle_is_missing(tmp_path: Path) -> None:
    home = tmp_path / "template"
    template(home)
    (tmp_path / "photo.png").write_bytes((home / "images" / "photo.png").read_bytes())
    (home / "images" / "photo.png").unlink()
    report = open_project(home).report()
    assert report.footage[0].missing
    assert any(found.feature == "missing footage" for found in report.capabilities)
