"""Where commands write: nothing is lost there, and what cannot be is one sentence before the work begins."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from flatrender.commands import destination, main
from flatrender.core.db import Database
from flatrender.core.errors import InvalidInput, NoSpace
from flatrender.core.process import Limits, run
from tests.aftereffects.authored import Author, template

PRECIOUS = "never to be lost"
NOBODY = 65534


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template(tmp_path_factory.mktemp("made")).parent


@pytest.fixture
def here(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installation: Database) -> Path:
    """A folder of its own with a project in it, in which the commands are called."""
    folder = shutil.copytree(made, tmp_path / "here")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return folder


# How each command is called, and what the file that it is to write may be called.
COMMANDS = {
    "render": (("render", "template.aep", "--comp", "Intro", "--frames", "0-1"), "made.mp4"),
    "render png": (("render", "template.aep", "--comp", "Intro", "--frames", "0-1", "--format", "png"), "frames"),
    "snapshot": (("snapshot", "template.aep", "--comp", "Intro", "--frame", "0"), "frames"),
    "lottie": (("lottie", "template.aep", "--comp", "Intro"), "made.json"),
    "bind": (("bind", "template.aep", "--set", "title=Ho"), "made.aep"),
    "jobs send": (("jobs", "send", "Nothing"), "made.mp4"),
    "jobs download": (("jobs", "download", "Nothing"), "made.mp4"),
    "backup": (("backup",), "made.backup"),
    "backup --force": (("backup", "--force"), "made.backup"),
}
FOLDERS = ("render png", "snapshot")
FILES = tuple(name for name in COMMANDS if name not in FOLDERS)
LOCAL = tuple(name for name in COMMANDS if not name.startswith("jobs"))


def call(name: str, out: str) -> int:
    words, _ = COMMANDS[name]
    return main([*words, *([out] if words[0] == "backup" else ["--out", out])])


def refused(name: str, out: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What is said; everything is as it was."""
    before = state()
    assert call(name, out) == 2
    told = capsys.readouterr()
    assert told.out == "" and told.err.count("\n") == 1, told.err
    assert state() == before
    return told.err


def state() -> dict[str, str]:
    found = sorted(Path().rglob("*"))
    return {str(path): path.read_bytes().hex() if path.is_file() else str(path.lstat().st_mode) for path in found}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_link_is_neither_followed_nor_replaced(name: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = Path(COMMANDS[name][1])
    if name == "snapshot":  # pictures may well lie in a folder elsewhere, but are no links themselves
        Path("elsewhere").mkdir()
        out.symlink_to("elsewhere")
        assert call(name, "frames") == 0
        capsys.readouterr()
        Path("elsewhere/000000.png").replace("precious")
        Path("elsewhere/000000.png").symlink_to("../precious")
    elif name in FOLDERS:
        Path("precious").mkdir()
        out.symlink_to("precious")
    else:
        Path("precious").write_text(PRECIOUS)
        out.symlink_to("precious")
    said = refused(name, str(out), capsys)
    assert "is a link, to" in said or "is there already" in said
    assert (out / "000000.png" if name == "snapshot" else out).is_symlink()
    if name not in FOLDERS:
        Path("precious").unlink()
        assert "is a link, to precious" in (said := refused(name, str(out), capsys)) or "is there already" in said


@pytest.mark.parametrize("name", COMMANDS)
def test_what_names_no_place_is_refused(name: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "No place is named" in refused(name, "", capsys)
    Path("a file").write_text(PRECIOUS)
    said = refused(name, f"a file/{COMMANDS[name][1]}", capsys)
    assert "cannot be written (Not a directory)" in said or "There is no folder a file; make it first" in said
    assert "cannot be written (File name too long)" in refused(name, f"{'n' * 300}{COMMANDS[name][1]}", capsys)
    if name in FOLDERS:
        assert "a file" in refused(name, "a file", capsys)
        return
    Path("a folder").mkdir()
    assert "is a folder" in refused(name, "a folder/", capsys)
    assert "standard output" in refused(name, "-", capsys) or name == "render"
    folder = Path("a folder").rename(COMMANDS[name][1])
    assert "is a folder; name a file" in refused(name, str(folder), capsys)
    folder.rmdir()
    os.mkfifo(folder)
    said = refused(name, str(folder), capsys)
    assert "is no ordinary file" in said or "is there already" in said


@pytest.mark.parametrize("name", LOCAL)
def test_a_name_of_any_kind_is_written_and_a_home_is_found(
    name: str, here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "home").mkdir()
    ending = Path(COMMANDS[name][1]).suffix
    for stem in ("~/film", "فیلم «نو» 👩‍🎨", "-v", "'; rm x", "~", "two\nlines"):
        out = f"./{stem}{ending}" if stem in {"-v", "~"} else f"{stem}{ending}"
        before = set(Path().rglob("*"))
        assert call(name, out) == 0, capsys.readouterr().err
        if stem.startswith("~/"):
            assert set(Path().rglob("*")) == before, "not in a folder that is called “~”"
            assert (tmp_path / "home" / f"film{ending}").exists()
        else:
            added = {path for path in set(Path().rglob("*")) - before if out.removeprefix("./") not in path.parts[:1]}
            assert Path(out).exists() and {path for path in added if "Footage" not in str(path)} == set()


def test_what_a_command_reads_it_never_replaces(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    author = Author()
    author.picture(author.comp("Main"), "clip", Path("clip.gif").absolute())
    author.save(Path("shown.aep").absolute())
    render = ["render", "template.aep", "--comp", "Intro", "--frames", "0-1"]
    for words in (
        [*render, "--format", "mp4", "--out", "template.aep"],
        ["render", "shown.aep", "--out", "clip.gif"],
        ["render", ".", "--project", "shown.aep", "--comp", "Main", "--out", "./images/../clip.gif"],
        [*render, "--set", "photo=mine.gif", "--out", "mine.gif"],
        ["lottie", "template.aep", "--comp", "Intro", "--out", "template.aep"],
        ["bind", "template.aep", "--set", "title=Ho", "--out", "template.aep"],
    ):
        Path("mine.gif").write_bytes(Path("images/photo.png").read_bytes())
        os.utime("mine.gif", (0, 0))
        before = state()
        assert main(words) == 2, words
        told = capsys.readouterr().err
        assert told.count("\n") == 1 and ("would be lost" in told or "end in" in told or "there already" in told), told
        assert state() == before


def test_pictures_that_a_project_shows_are_not_drawn_over(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    author = Author()
    author.picture(author.comp("Main"), "walk", Path("pictures/000000.png").absolute())
    author.save(Path("walking.aep").absolute())
    before = state()
    pictures = ["--out", "pictures"]
    assert main(["snapshot", "walking.aep", "--comp", "Main", "--frame", "0", *pictures]) == 2
    assert main(["render", "walking.aep", "--frames", "0-1", "--format", "png", *pictures]) == 2
    assert capsys.readouterr().err.count("pictures holds what is read here; name another folder.\n") == 2
    assert state() == before
    assert main(["snapshot", "walking.aep", "--comp", "Main", "--frame", "7", *pictures]) == 0, (
        "beside them they may be"
    )
    for _ in range(2):
        assert main(["snapshot", "template.aep", "--comp", "Intro", "--frame", "0", "--out", "."]) == 0


def test_the_database_is_not_replaced_by_its_backup(
    installation: Database, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = installation.url.removeprefix("sqlite:///")
    Path("link").symlink_to(Path(database).parent)
    assert main(["backup", "--force", f"link/{Path(database).name}"]) == 2
    assert "is what is read here and would be lost" in capsys.readouterr().err
    assert Path(database).read_bytes().startswith(b"SQLite format 3")
    Path("kept").write_text(PRECIOUS)
    assert main(["backup", "kept"]) == 2
    assert capsys.readouterr().err == (
        "flatrender: kept is there already; choose another name, or --force to replace it.\n"
    )
    assert Path("kept").read_text() == PRECIOUS
    assert main(["backup", "kept", "--force"]) == 0


def test_devices_and_the_standard_output_stay_what_they_are() -> None:
    for path in ("/dev/null", "/dev/stdout", "/proc/self/fd/1"):
        with pytest.raises(InvalidInput, match=r"is no ordinary file|is a link"):
            destination.writable_file(Path(path))


@contextmanager
def another_user() -> Iterator[None]:
    """One who owns nothing here, where this is root."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_what_is_protected_or_anothers_is_left_alone() -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "film.mp4").write_text(PRECIOUS)
        folder.chmod(0o777)
        (folder / "film.mp4").chmod(0o444)
        with another_user(), pytest.raises(InvalidInput, match="Permission denied"):
            destination.writable_file(folder / "film.mp4")
        (folder / "film.mp4").chmod(0o666)
        if os.geteuid() == 0:  # as in /tmp: whoever may write into the folder cannot replace what is another's
            folder.chmod(0o1777)
            with another_user(), pytest.raises(InvalidInput, match="Permission denied"):
                destination.writable_file(folder / "film.mp4")
        folder.chmod(0o555)
        with another_user():
            for look in (destination.writable_file, destination.replaceable_folder, destination.new_file):
                with pytest.raises(InvalidInput, match="cannot be written"):
                    look(folder / "new")
            with pytest.raises(InvalidInput, match="cannot be written"):
                destination.writable_folder(folder)
        folder.chmod(0o755)
        assert [path.name for path in folder.iterdir()] == ["film.mp4"]


def test_what_may_not_be_read_is_one_sentence_too(capsys: pytest.CaptureFixture[str]) -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        folder.chmod(0o755)
        project = template(folder)
        assert main(["scan", str(project)]) == 0  # and what it needs of the program is loaded
        project.chmod(0o200)
        capsys.readouterr()
        with another_user():
            assert main(["scan", str(project)]) == 2
            said = capsys.readouterr().err
            assert (
                said == f"flatrender: {project} cannot be used (Permission denied); look at the path and its rights.\n"
            )
            assert main(["scan", str(project), "--data", str(project / "x")]) == 2
            assert "There is no folder" in capsys.readouterr().err


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    out = tmp_path / "made.aep"
    out.write_text("old")
    with pytest.raises(NoSpace, match="no space left"), destination.whole(out) as half:
        assert (half.parent, half.suffix) == (tmp_path, ".aep")
        half.write_text("half of it")
        raise OSError(28, "No space left on device")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"made.aep": "old"}
    with pytest.raises(InvalidInput, match="is there already"), destination.whole(out, new=True) as half:
        half.write_text("new")
    with destination.whole(out) as half:
        half.write_text("new")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"made.aep": "new"}


@pytest.mark.parametrize("links", [True, False])
def test_a_new_file_never_replaces_one_that_came_in_between(
    links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "made.aep"
    looked = destination._is_new

    def late(path: Path, instead: str) -> None:
        looked(path, instead)
        path.write_text("another's")

    if links:
        monkeypatch.setattr(destination, "_is_new", late)
    else:
        monkeypatch.setattr(os, "link", no_links)
        with destination.whole(tmp_path / "plain.aep", new=True) as half:
            half.write_text("new")
        assert (tmp_path / "plain.aep").read_text() == "new"
        out.write_text("another's")
    with pytest.raises(InvalidInput, match="is there already"), destination.whole(out, new=True) as half:
        half.write_text("new")
    assert out.read_text() == "another's"
    assert {path.name for path in tmp_path.iterdir()} <= {"made.aep", "plain.aep"}


def no_links(source: Path, target: Path) -> None:
    raise PermissionError(1, "Operation not permitted")


def test_what_replaces_a_file_has_its_permissions(tmp_path: Path) -> None:
    out = tmp_path / "made.json"
    for mode in (0o600, 0o640):
        out.write_text("old")
        out.chmod(mode)
        with destination.whole(out) as half:
            half.write_text("new")
        assert (out.stat().st_mode & 0o777, out.read_text()) == (mode, "new")


def test_a_name_that_the_terminal_cannot_show_ends_nothing(here: Path) -> None:
    words = [*COMMANDS["lottie"][0], "--out", os.fsencode("\udcff فیلم.json")]
    env = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    done = run([sys.executable, "-m", "flatrender", *words], limits=Limits(wall_seconds=120), env=env)
    assert (done.returncode, b"as Lottie" in done.stdout) == (0, True), done.stderr.decode()
    assert Path("\udcff فیلم.json").is_file()


def test_names_in_a_project_do_not_steer_the_terminal(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    author = Author()
    layer = author.text(author.comp("Main"), "می\u200cشود\x1b]0;mine\x07\u202e", "\x1b[2J\u9999")
    layer.text["ADBE Text Document"].value.font = "No\x1b[2JFont"
    author.save(Path("steering.aep").absolute())
    assert main(["scan", "steering.aep"]) == 0
    assert main(["lottie", "steering.aep", "--comp", "Main", "--out", "a.json"]) == 0
    assert main(["lottie", "steering.aep", "--comp", "\x1b[2J", "--out", "a.json"]) == 2
    told = capsys.readouterr()
    said = told.out + told.err
    assert "می\u200cشود" in told.out and "stands in" in told.err, "a word keeps its joiner"
    assert not any(sign in said for sign in "\x1b\x07\u202e\x9b")
