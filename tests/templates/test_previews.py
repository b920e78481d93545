"""Posters and moving previews: what is drawn, how long it is, and the demos that bring theirs."""

import pytest

from flatrender.core.db import DEFAULT_TENANT, get_database
from flatrender.core.storage import get_storage
from flatrender.film.ffmpeg import Cancelled
from flatrender.film.probe import probe
from flatrender.templates import catalogue, definitions, previews, seed, service
from flatrender.templates import demos as demo_package
from flatrender.templates.models import Template

pytestmark = pytest.mark.usefixtures("installation", "drawn_at_once")


@pytest.fixture
def template_id(designer, made_projects) -> str:
    return service.create(designer, made_projects("promo"), "promo.aep")


def test_a_preview_plays_all_scenes(template_id) -> None:
    told: list[float] = []
    made = previews.produce(DEFAULT_TENANT, template_id, on_progress=told.append)
    film = probe(get_storage().local_path(made["preview_key"]))
    assert (film.frames, film.width, film.height, film.video_codec, film.audio_codec) == (24, 320, 180, "h264", None)
    assert told == sorted(told)
    assert told[-1] == 1.0
    with get_database().tenant_session(DEFAULT_TENANT, read_only=True) as session:
        definition = definitions.get(session, template_id)
        assert definition.poster is not None
        assert definition.preview is not None
        assert all(scene.picture for scene in definition.scenes), "pictures that were missing are made as well"
    again = previews.produce(DEFAULT_TENANT, template_id)
    assert again == made, "the same content has the same names"
    kept = [path.name for path in get_storage().local_path(made["preview_key"]).parent.iterdir()]
    assert sorted(name.split("-")[0] for name in kept if name.startswith(("poster", "preview"))) == [
        "poster",
        "preview",
    ]


def test_a_cancelled_preview_leaves_nothing(template_id) -> None:
    with pytest.raises(Cancelled):
        previews.produce(DEFAULT_TENANT, template_id, cancelled=lambda: True)
    with get_database().tenant_session(DEFAULT_TENANT, read_only=True) as session:
        assert definitions.get(session, template_id).preview is None


@pytest.mark.parametrize(
    ("seconds", "wanted"),
    [([4.0, 5.0], [4.0, 5.0]), ([10.0, 20.0], [5.0, 10.0]), ([0.5, 40.0], [0.5, pytest.approx(14.81, abs=0.01)])],
)
def test_long_scenes_are_cut_to_their_share(seconds, wanted) -> None:
    assert previews.shares(seconds) == wanted


@pytest.mark.parametrize(
    ("size", "wanted"),
    [((1920, 1080), (640, 360)), ((1080, 1920), (360, 640)), ((320, 180), (320, 180)), ((101, 51), (100, 52))],
)
def test_a_preview_keeps_the_films_shape(size, wanted) -> None:
    assert previews.preview_size(*size) == wanted


def test_demos_are_seeded_once(designer, monkeypatch) -> None:
    monkeypatch.setattr(seed, "_fonts", lambda: None)
    monkeypatch.setattr(demo_package, "DEMOS", demo_package.DEMOS[:1])
    told: list[tuple[str, float]] = []
    database = get_database()
    [template_id] = seed.seed_demos(database, DEFAULT_TENANT, lambda what, done: told.append((what, done)))
    assert told[-1] == ("1 demo template", 1.0)
    with database.tenant_session(DEFAULT_TENANT) as session:
        [card] = catalogue.browse(session, None)["items"]
        definition = definitions.get(session, template_id)
        assert card["name_fa"]
        assert card["category"]["name_fa"]
        assert card["tags"]
        assert card["poster"], "a card shows its cover before a node has made the preview"
        parts = (
            *definition.scenes,
            *definition.colors,
            *(one for scene in definition.scenes for one in scene.elements),
        )
        assert all(part.name.isascii() and not part.name_fa.isascii() for part in parts)
        assert len(definition.presets) >= 2
        assert all(set(preset.colors) <= {color.key for color in definition.colors} for preset in definition.presets)
        assert session.get(Template, template_id).cover_frame == demo_package.DEMOS[0].cover_frame
    assert seed.seed_demos(database, DEFAULT_TENANT) == []
    with database.tenant_session(DEFAULT_TENANT) as session:
        service.remove(session, designer, template_id)
    assert seed.seed_demos(database, DEFAULT_TENANT) == [], "what an administrator deleted stays deleted"


def test_a_demo_that_fails_is_told_and_left_out(monkeypatch) -> None:
    from flatrender.core.errors import BadFile

    def broken(*_: object, **__: object) -> str:
        raise BadFile("It cannot be read.")

    monkeypatch.setattr(seed, "_fonts", lambda: None)
    monkeypatch.setattr(demo_package, "DEMOS", demo_package.DEMOS[:1])
    monkeypatch.setattr(service, "create", broken)
    told: list[str] = []
    assert seed.seed_demos(get_database(), DEFAULT_TENANT, lambda what, done: told.append(what)) == []
    assert any("was left out: It cannot be read." in line for line in told)
