"""Films and sequences in layers: which frame is seen when, in what it is seen, and what the report says."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from py_aep import AlphaMode, ImportOptions

from flatrender.aftereffects.client import EngineClient
from flatrender.aftereffects.inline import InlineClient
from flatrender.aftereffects.project import open_project
from flatrender.core.errors import TooLarge
from flatrender.core.timing import Rate
from tests.aftereffects.authored import Author, keyed
from tests.film.conftest import HEIGHT, WIDTH, make_film, number_of, numbered

FILM_RATE, FRAMES = 15, 30


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds at 15 frames/s, each with its number."""
    frames = [numbered(number) for number in range(FRAMES)]
    return make_film(tmp_path_factory.mktemp("film") / "counted.mp4", frames, Rate(FILM_RATE))


@pytest.fixture(scope="module")
def client() -> Iterator[EngineClient]:
    made = InlineClient()
    yield made
    made.close()


class Stage:
    """A composition of the film's size at 30 frames/s, with the film imported."""

    def __init__(self, folder: Path, film: Path, seconds: float = 4.0) -> None:
        self.author, self.folder = Author(), folder
        self.comp = self.author.comp("Main", (WIDTH, HEIGHT), seconds)
        (folder / film.name).write_bytes(film.read_bytes())
        self.item: Any = self.author.project.import_file(ImportOptions(folder / film.name))

    def shown(self, client: EngineClient, frames: list[int], values: Any = None) -> list[int | None]:
        """The number that the film shows at each frame; None where nothing is seen."""
        path = self.author.save(self.folder / "films.aep")
        found = next(one for one in open_project(path).graph.compositions.values() if one.name == "Main")
        pictures = [Image.open(io.BytesIO(png)) for png in client.snapshot(path, found.id, frames, values or {})]
        path.unlink()
        return [number_of(one.tobytes()) if one.getchannel("A").getextrema()[1] else None for one in pictures]


@pytest.fixture
def stage(tmp_path: Path, film: Path) -> Stage:
    return Stage(tmp_path, film)


def test_a_film_starts_with_its_layer_and_ends_with_it(stage: Stage, client: EngineClient) -> None:
    layer = stage.comp.add(stage.item)
    layer.start_time = 1.0
    layer.in_point = 1.5
    assert stage.shown(client, [0, 44, 45, 46, 47, 60, 89, 90]) == [None, None, 7, 8, 8, 15, 29, None]


def test_stretched_and_reversed(stage: Stage, client: EngineClient) -> None:
    stage.comp.add(stage.item).stretch = 200
    assert stage.shown(client, [0, 4, 60, 118]) == [0, 1, 15, 29]


def test_reversed(stage: Stage, client: EngineClient) -> None:
    layer = stage.comp.add(stage.item)
    layer.stretch, layer.start_time = -100, 2.0
    assert stage.shown(client, [0, 2, 30, 58]) == [29, 28, 14, 0]


def test_within_a_reversed_composition_its_last_frame_comes_first(stage: Stage, client: EngineClient) -> None:
    inner = stage.author.comp("Inner", (WIDTH, HEIGHT), 2.0)
    inner.add(stage.item)
    layer = stage.comp.add(inner)
    layer.stretch, layer.start_time = -100, 2.0
    assert stage.shown(client, [0, 1, 2, 30, 58, 59]) == [29, 29, 28, 14, 0, 0]


def test_remapped_time_and_a_frozen_frame(stage: Stage, client: EngineClient) -> None:
    layer = stage.comp.add(stage.item)
    layer.time_remap_enabled = True
    keyed(layer["ADBE Time Remapping"], (0.0, 1.0), (1.0, 0.0), (2.0, 0.0))
    assert stage.shown(client, [0, 15, 30, 45]) == [15, 7, 0, 0]


def test_a_nested_composition_shows_another_frame_each_time(stage: Stage, client: EngineClient) -> None:
    inner = stage.author.comp("Inner", (WIDTH, HEIGHT), 2.0)
    inner.add(stage.item)
    late, early = stage.comp.add(inner), stage.comp.add(inner)
    late.start_time = 1.0
    early.out_point = 1.0
    assert stage.shown(client, [0, 28, 30, 60, 89]) == [0, 14, 0, 15, 29]
    early.out_point = 1.5
    assert stage.shown(client, [40]) == [20], "both are seen at once, the upper one covers"


def test_it_plays_as_often_as_the_designer_said(stage: Stage, client: EngineClient) -> None:
    stage.item.main_source.loop = 2
    layer = stage.comp.add(stage.item)
    layer.out_point = 4.0
    assert stage.shown(client, [0, 58, 60, 90, 119]) == [0, 29, 0, 15, 29]


def test_conformed_to_another_rate(stage: Stage, client: EngineClient) -> None:
    stage.item.main_source.conform_frame_rate = 30.0
    stage.comp.add(stage.item)
    assert stage.shown(client, [0, 7, 29]) == [0, 7, 29]


def test_a_customers_film_begins_anew_while_its_layer_is_seen(
    stage: Stage, film: Path, client: EngineClient, tmp_path: Path
) -> None:
    layer = stage.author.picture(stage.comp, "photo", tmp_path / "photo.png", (WIDTH, HEIGHT))
    layer.start_time = 0.5
    layer.out_point = 4.0
    value = {"image": {"path": str(film), "fit": "stretch"}}
    path = stage.author.save(tmp_path / "first.aep")
    main = next(one for one in open_project(path).graph.compositions.values() if one.name == "Main")
    address = f"{main.id}/{main.layers[0].id}"
    kind = {"kind": "image", **value["image"]}
    assert stage.shown(client, [14, 15, 45, 75, 105], {address: kind}) == [None, 0, 15, 0, 15]


def test_what_is_not_exact_is_named(stage: Stage, film: Path, tmp_path: Path) -> None:
    def told() -> set[tuple[str, str]]:
        path = stage.author.save(tmp_path / "told.aep")
        found = open_project(path).report().capabilities
        path.unlink()
        return {(one.feature, one.status) for one in found}

    layer = stage.comp.add(stage.item)
    assert told() == {("video", "supported")}
    layer.frame_blending_type = 4013
    assert ("frame blending", "ignored") in told()
    (tmp_path / film.name).write_bytes(b"damaged")
    assert ("footage format", "ignored") in told()
    (tmp_path / film.name).unlink()
    assert ("missing footage", "ignored") in told()


def test_a_composition_that_shows_films_without_end_is_refused(stage: Stage, tmp_path: Path) -> None:
    inner = stage.author.comp("0", (WIDTH, HEIGHT), 2.0)
    inner.add(stage.item)
    for depth in range(1, 8):
        outer = stage.author.comp(str(depth), (WIDTH, HEIGHT), 2.0)
        outer.add(inner)
        outer.add(inner)
        inner = outer
    stage.comp.add(inner)
    project = open_project(stage.author.save(tmp_path / "many.aep"))
    main = next(one for one in project.graph.compositions.values() if one.name == "Main")
    with pytest.raises(TooLarge, match="more than 64 times"):
        project.moving(main.id)


def test_a_pictures_transparency_is_read_as_the_designer_chose(tmp_path: Path, client: EngineClient) -> None:
    author = Author()
    comp = author.comp("Main", (8, 8), 1.0)
    Image.new("RGBA", (8, 8), (100, 50, 0, 128)).save(tmp_path / "glass.png")
    item: Any = author.project.import_file(ImportOptions(tmp_path / "glass.png"))
    item.main_source.alpha_mode = AlphaMode.PREMULTIPLIED
    comp.add(item)
    path = author.save(tmp_path / "glass.aep")
    [main] = open_project(path).graph.compositions
    [view] = [bytes(view) for view in client.frames(path, main, {}, 0, 0)]
    assert np.abs(np.array(list(view[:4])) - (199, 100, 0, 128)).max() <= 4
