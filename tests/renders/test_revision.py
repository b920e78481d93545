"""Films, pictures and previews are kept by engine and fonts too: an upgrade never shows an old picture."""

import shutil
from pathlib import Path

import pytest

from flatrender.aftereffects import revision
from flatrender.aftereffects.text.packaged import font_files, package_dirs
from flatrender.core.db import DEFAULT_TENANT
from flatrender.projects import preview
from flatrender.projects import service as projects
from flatrender.renders import resolving, snapshots
from flatrender.renders.planner import content_hash
from flatrender.settings import get_settings
from flatrender.templates import engine
from tests.renders.conftest import DESIGNER, Renderer


def kept_under(renderer: Renderer) -> tuple[str, str, str]:
    """The names of the first scene's film, of a picture of it, and of its preview."""
    with renderer.database.tenant_session(DEFAULT_TENANT) as session:
        project = projects.get(session, DESIGNER, renderer.project_id)
        resolved = resolving.resolve(session, project.document, project.template_id)
        clip = project.document["tracks"][0]["items"][0]["id"]
        picture = snapshots.request(session, DESIGNER, renderer.project_id, frame=0)["key"]
        shown = preview.lottie_of(session, DESIGNER, renderer.project_id, clip)
        return content_hash(resolved.source, resolved.scenes[0]), picture, shown.etag


@pytest.fixture
def before(renderer: Renderer) -> tuple[str, str, str]:
    found = kept_under(renderer)
    assert kept_under(renderer) == found
    return found


def test_another_engine(renderer: Renderer, before: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "engine_revision", lambda: "another")
    assert not set(kept_under(renderer)) & set(before)


def test_a_font_was_added_to_the_installation(renderer: Renderer, before: tuple[str, str, str]) -> None:
    folder = get_settings().fonts_dir
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(font_files(package_dirs()[1])[0], folder / "added.ttf")
    assert not set(kept_under(renderer)) & set(before)


def test_a_font_that_the_file_asks_for_was_installed_on_the_system(
    renderer: Renderer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(engine, "_font_names", lambda key: (("NoSuchFont", "No Such Font", "Bold"),))
    monkeypatch.setattr(revision, "system_dirs", lambda: [tmp_path / "system"])
    revision._system.cache_clear()
    before = kept_under(renderer)
    (tmp_path / "system").mkdir()
    shutil.copyfile(font_files(package_dirs()[1])[0], tmp_path / "system" / "new.ttf")
    revision._system.cache_clear()
    assert not set(kept_under(renderer)) & set(before)
    revision._system.cache_clear()
