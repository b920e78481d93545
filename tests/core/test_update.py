"""An update from a local bare repository: checked, pulled, prepared, told; and what it refuses."""

import json
import os
import sys
from pathlib import Path

import pytest

from flatrender.core import process, update
from flatrender.core.checkout import Checkout
from flatrender.core.errors import Conflict, Unavailable

LIMITS = process.Limits(wall_seconds=60)
WHO = {
    "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.com",
}  # fmt: skip


def git(folder: Path, *words: str) -> str:
    done = process.run(["git", *words], limits=LIMITS, cwd=folder, env={**os.environ, **WHO})
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


class Repositories:
    """A bare repository, where it is worked on, and an installation that follows it."""

    def __init__(self, folder: Path) -> None:
        self.work, self.bare, self.installed = folder / "work", folder / "origin.git", folder / "installed"
        self.work.mkdir()
        git(self.work, "init", "-q", "-b", "main")
        self.commit("First", "a.txt")
        git(folder, "clone", "-q", "--bare", str(self.work), str(self.bare))
        git(self.work, "remote", "add", "origin", str(self.bare))
        git(folder, "clone", "-q", str(self.bare), str(self.installed))

    def commit(self, message: str, name: str, text: str = "1") -> None:
        (self.work / name).write_text(text)
        git(self.work, "add", "-A")
        git(self.work, "commit", "-qm", message)

    def release(self, message: str, name: str, text: str = "2") -> None:
        self.commit(message, name, text)
        git(self.work, "push", "-q", "origin", "main")


@pytest.fixture
def repositories(tmp_path: Path) -> Repositories:
    return Repositories(tmp_path)


def noting(path: Path, status: int = 0) -> list[str]:
    """A command that notes that it ran."""
    return [sys.executable, "-c", f"import sys; open({str(path)!r}, 'a').write('ran '); sys.exit({status})"]


def test_what_is_newer_is_told_and_pulled(repositories: Repositories, tmp_path: Path) -> None:
    checkout = Checkout(repositories.installed)
    assert not checkout.check().newer
    repositories.release("Faster renders", "a.txt")
    repositories.release("New words", "b.txt")
    found = checkout.check()
    assert found.changes == ("New words", "Faster renders")
    assert found.current != found.available
    assert checkout.pull() == ("a.txt", "b.txt")
    assert checkout.current() == found.available
    assert not checkout.check().newer


def test_dependencies_are_installed_where_they_changed(repositories: Repositories, tmp_path: Path) -> None:
    said: list[str] = []
    pip, prepare = tmp_path / "pip", tmp_path / "prepare"
    words = {"install": noting(pip), "prepare": noting(prepare)}
    repositories.release("Words", "a.txt")
    assert update.perform(tmp_path, said.append, checkout=Checkout(repositories.installed), **words)
    assert (pip.exists(), prepare.exists()) == (False, True)
    repositories.release("Dependencies", "pyproject.toml", "[project]")
    assert update.perform(tmp_path, said.append, checkout=Checkout(repositories.installed), **words)
    assert pip.exists()
    state = update.state(tmp_path)
    assert state is not None
    assert (state["step"], state["detail"]) == ("restarting", Checkout(repositories.installed).current())


def test_local_changes_are_never_thrown_away(repositories: Repositories, tmp_path: Path) -> None:
    repositories.release("Words", "a.txt")
    (repositories.installed / "a.txt").write_text("mine")
    prepare = tmp_path / "prepare"
    assert not update.perform(
        tmp_path, print, checkout=Checkout(repositories.installed), prepare=noting(prepare), install=noting(prepare)
    )
    assert (repositories.installed / "a.txt").read_text() == "mine"
    assert not prepare.exists()
    state = update.state(tmp_path)
    assert state is not None
    assert state["step"] == "failed"
    assert "a.txt" in state["detail"]


def test_another_history_is_not_merged(repositories: Repositories) -> None:
    (repositories.installed / "a.txt").write_text("mine")
    git(repositories.installed, "commit", "-qam", "Mine")
    repositories.release("Words", "b.txt")
    with pytest.raises(Conflict, match="does not follow"):
        Checkout(repositories.installed).pull()


def test_a_migration_that_fails_is_told(repositories: Repositories, tmp_path: Path) -> None:
    repositories.release("Words", "a.txt")
    prepare = noting(tmp_path / "prepare", 3)
    assert not update.perform(tmp_path, print, checkout=Checkout(repositories.installed), prepare=prepare)
    state = update.state(tmp_path)
    assert state is not None
    assert "new schema" in state["detail"]


def test_without_a_repository(repositories: Repositories, tmp_path: Path) -> None:
    repositories.bare.rename(tmp_path / "gone.git")
    with pytest.raises(Unavailable, match="does not answer"):
        Checkout(repositories.installed).check()
    lonely = tmp_path / "lonely"
    lonely.mkdir()
    git(lonely, "init", "-q", "-b", "main")
    (lonely / "a").write_text("")
    git(lonely, "add", "-A")
    git(lonely, "commit", "-qm", "A")
    with pytest.raises(Conflict, match="follows no remote"):
        Checkout(lonely).check()


def test_no_checkout_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(Conflict, match="no git checkout"):
        Checkout(tmp_path).current()


def test_an_update_is_asked_for_once_and_only_under_the_supervisor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run").mkdir()
    monkeypatch.delenv(update.SUPERVISED, raising=False)
    with pytest.raises(Conflict, match="Nothing supervises"):
        update.request(tmp_path, "Ada")
    monkeypatch.setenv(update.SUPERVISED, "1")
    assert not update.requested(tmp_path)
    update.request(tmp_path, "Ada")
    assert update.requested(tmp_path)
    with pytest.raises(Conflict, match="already"):
        update.request(tmp_path, "Bob")
    update.answered(tmp_path)
    update.answered(tmp_path)
    assert not update.requested(tmp_path)


@pytest.mark.parametrize(
    ("step", "after"),
    [
        ("requested", "failed"),
        ("fetching", "failed"),
        ("preparing", "failed"),
        ("restarting", "restarting"),
        ("done", "done"),
        ("failed", "failed"),
    ],
)
def test_what_was_interrupted_has_failed_at_the_next_start(tmp_path: Path, step: str, after: str) -> None:
    update.interrupted(tmp_path)
    assert update.state(tmp_path) is None
    update.note(tmp_path, step, "why")
    update.interrupted(tmp_path)
    found = update.state(tmp_path)
    assert found is not None
    assert found["step"] == after
    assert found["detail"] == ("why" if step == after else f"It was interrupted ({step}); ask for it again.")


def test_a_command_begins_anew_in_its_own_process(tmp_path: Path) -> None:
    package = tmp_path / "flatrender"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text("import os, json, sys; print(json.dumps([os.getpid(), sys.argv[1:]]))")
    (tmp_path / "started.py").write_text(
        "import os, sys\nsys.path.insert(0, os.environ['REAL'])\nfrom flatrender.core import process\n"
        "sys.argv = ['flatrender', 'up', '--port', '9']\nos.chdir(os.environ['NEW'])\n"
        "os.environ['PYTHONPATH'] = os.environ['NEW']\nprint(os.getpid())\nprocess.begin_anew()\n"
    )
    env = {**os.environ, "REAL": str(Path(process.__file__).parents[2]), "NEW": str(tmp_path)}
    env.pop("PYTHONPATH", None)
    done = process.run([sys.executable, str(tmp_path / "started.py")], limits=LIMITS, env=env)
    first, second = done.stdout.decode().split("\n")[:2]
    assert json.loads(second) == [int(first), ["up", "--port", "9"]]
