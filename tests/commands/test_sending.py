"""`flatrender jobs send`: a project of the studio, rendered and written, here and from elsewhere; or told why not."""

from pathlib import Path
from typing import Any

import pytest

from flatrender.access import keys
from flatrender.access.models import User
from flatrender.commands import main, sending
from flatrender.core.db import DEFAULT_TENANT
from flatrender.core.errors import InvalidInput
from flatrender.film.probe import probe
from flatrender.projects import service as projects
from flatrender.settings import get_settings
from tests.commands.serving import served
from tests.renders.conftest import DESIGNER, FRAMES, Renderer, bundle, renderer

__all__ = ["bundle", "renderer"]


@pytest.fixture
def owned(renderer: Renderer) -> Renderer:
    with renderer.database.system_session() as session:
        session.add(
            User(
                id=DESIGNER.user_id,
                tenant_id=DEFAULT_TENANT,
                email=DESIGNER.email,
                name="Dana",
                password_hash="",
                role=DESIGNER.role,
            )
        )
    return renderer


def one_scene(document: dict[str, Any]) -> None:
    del document["tracks"][0]["items"][1:]


def send(*words: str) -> int:
    return main(["jobs", "send", *words, "--data", str(get_settings().data_dir)])


def test_a_project_is_rendered_and_its_film_written(
    owned: Renderer, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    owned.edit(one_scene)
    owned.agent.start()
    out = tmp_path / "film.mp4"
    assert send("همایون: teaser 1/2", "--out", str(out)) == 0
    told = capsys.readouterr()
    job_id, state, _ = told.out.split(maxsplit=2)
    assert (state, owned.job(job_id).user_id, owned.job(job_id).user_name) == ("COMPLETED", DESIGNER.user_id, "Dana")
    assert probe(out).frames == FRAMES and f"{FRAMES} frames" in told.err
    assert [path.name for path in tmp_path.glob("*film*")] == ["film.mp4"]

    from_elsewhere(owned, job_id, out, tmp_path, capsys, monkeypatch)


def from_elsewhere(
    owned: Renderer,
    job_id: str,
    film: Path,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same over HTTP with a key of the owner's: fetched, and sent once more, which renders no scene again."""
    with owned.database.tenant_session(DEFAULT_TENANT) as session:
        monkeypatch.setenv("FLATRENDER_KEY", keys.create(session, DESIGNER, keys.Wish("ci", ("projects",)))[1])
    monkeypatch.setattr(sending, "LOOK_SECONDS", 0.1)
    fetched, more = folder / "fetched.mp4", folder / "more.mp4"
    with served() as address:
        there = ["--server", address]
        assert main(["jobs", "download", job_id, "--out", str(fetched), *there]) == 0
        assert fetched.read_bytes() == film.read_bytes()
        assert main(["jobs", "download", job_id, "--out", str(folder / "film.webm"), *there]) == 2
        assert "choose with --format from mp4" in capsys.readouterr().err
        assert main(["nodes", "list", *there]) == 1
        assert "scopes do not cover that" in capsys.readouterr().err
        assert main(["jobs", "send", "Nothing of that name", *there]) == 2
        assert "There is no project “Nothing of that name”" in capsys.readouterr().err
        assert main(["jobs", "send", "همایون: teaser 1/2", "--out", str(more), *there]) == 0
    told = capsys.readouterr()
    second, state, _ = told.out.split(maxsplit=2)
    assert (state, owned.job(second).user_id, owned.job(second).scenes_cached) == ("COMPLETED", DESIGNER.user_id, 1)
    assert probe(more).frames == FRAMES
    fetched.unlink()
    assert main(["jobs", "download", second, "--out", str(fetched), "--data", str(get_settings().data_dir)]) == 0
    assert fetched.read_bytes() == more.read_bytes()
    assert not list(folder.glob(".*.part"))


def test_what_cannot_be_sent_is_told(owned: Renderer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert send("Nothing of that name") == 2
    assert "There is no project “Nothing of that name”" in capsys.readouterr().err
    assert send(owned.project_id, "--out", str(tmp_path / "nowhere" / "film.mp4")) == 2
    assert "make it first" in capsys.readouterr().err
    with owned.database.tenant_session(DEFAULT_TENANT) as session:
        other = projects.duplicate(session, DESIGNER, owned.project_id)["id"]
        projects.rename(session, DESIGNER, other, "همایون: Teaser 1/2")
    assert send("همایون: Teaser 1/2") == 2
    said = capsys.readouterr().err
    assert owned.project_id in said and other in said
    assert send(owned.project_id, "--json") == 0


@pytest.mark.parametrize(
    ("name", "out", "preset"),
    [(None, None, "mp4"), (None, "a.WEBM", "webm"), ("h265", "a.mp4", "h265"), (None, "a.mov", "prores")],
)
def test_the_format_is_as_the_file_ends(name: str | None, out: str | None, preset: str) -> None:
    assert sending.chosen_preset(name, Path(out) if out else None).name == preset


@pytest.mark.parametrize(("name", "out"), [(None, "a.mkv"), ("gif", "a.mp4"), ("vhs", None), (None, "film")])
def test_nothing_is_written_under_a_name_that_says_something_else(name: str | None, out: str | None) -> None:
    with pytest.raises(InvalidInput):
        sending.chosen_preset(name, Path(out) if out else None)
