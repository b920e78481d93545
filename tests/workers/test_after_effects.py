"""aerender and nexrender as engines, over stand-ins that replay recorded runs. After Effects itself never ran here."""

import json
import os
import sys
import threading
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from flatrender.aftereffects.inline import InlineClient
from flatrender.aftereffects.project import open_project
from flatrender.core.errors import BadFile, InvalidInput, NotFound, ProcessFailed, Unavailable
from flatrender.core.timing import Rate
from flatrender.film.encode import Encoder
from flatrender.film.probe import probe
from tests.aftereffects.authored import Author
from workers.engines.aerender import AerenderEngine
from workers.engines.after_effects import Patience, find_aerender, find_nexrender, release_of
from workers.engines.base import Cancelled, ProjectRequest, SceneRequest, installed, project_engine, scene_engine
from workers.engines.nexrender import NexrenderEngine

RECORDED = Path(__file__).parent / "recorded"
SIZE, RATE, FRAMES = (96, 64), Rate(30), 10
CALM = Patience(start=60, still=60, end=0.3)
IMPATIENT = Patience(start=0.5, still=0.5)


def never() -> bool:
    return False


def quiet(fraction: float, doing: str) -> None:
    return None


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`film.mp4` as long as the composition, and beside it one that is too short but valid."""
    folder = tmp_path_factory.mktemp("films")
    frame = np.full((SIZE[1], SIZE[0], 4), 128, np.uint8).tobytes()
    for name, count in (("film.mp4", FRAMES), ("short film.mp4", FRAMES - 3)):
        with Encoder(folder / name, *SIZE, RATE, "mp4", opaque=True, frames=count) as encoder:
            for _ in range(count):
                encoder.write(frame)
    return folder / "film.mp4"


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    author = Author()
    comp = author.comp("Film", SIZE, FRAMES / 30, 30.0)
    author.text(comp, "title", "Hello")
    comp.add_solid([1.0, 0.0, 0.0], "card", 20, 20)
    folder = tmp_path_factory.mktemp("project")
    author.picture(comp, "logo", folder / "(Footage)" / "logo.png")
    return author.save(folder / "promo.aep")


class StandIn:
    """A program that replays a recorded run."""

    def __init__(self, folder: Path, films: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.program = folder / "Adobe After Effects 2024" / "aerender"
        self.program.parent.mkdir()
        self.program.write_text(f"#!{sys.executable}\n{(RECORDED / 'stand_in.py').read_text('utf-8')}", "utf-8")
        self.program.chmod(0o755)
        self.saw = folder / "saw.json"
        self._set = monkeypatch.setenv
        self._set("STAND_IN_FILM", str(films))
        self._set("STAND_IN_SAW", str(self.saw))

    def plays(self, run: str) -> None:
        self._set("STAND_IN", str(RECORDED / f"{run}.txt"))

    @property
    def seen(self) -> Any:
        return json.loads(self.saw.read_text("utf-8"))


@pytest.fixture
def stand_in(tmp_path: Path, films: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    return StandIn(tmp_path, films, monkeypatch)


@pytest.fixture
def aerender(stand_in: StandIn) -> AerenderEngine:
    return AerenderEngine(stand_in.program, InlineClient(), CALM)


@pytest.fixture
def nexrender(stand_in: StandIn) -> NexrenderEngine:
    return NexrenderEngine(stand_in.program, stand_in.program, InlineClient(), CALM)


def order(project: Path, out: Path, **changes: Any) -> ProjectRequest:
    return ProjectRequest(**{"project": project, "composition": "Film", "out": out, **changes})


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("run", ["success", "localised", "drop_frame", "forgets_to_quit"])
def test_a_complete_film(run: str, stand_in: StandIn, aerender: AerenderEngine, project: Path, tmp_path: Path) -> None:
    stand_in.plays(run)
    told: list[tuple[float, str]] = []
    made = aerender.render_project(order(project, tmp_path / "out" / "x.mp4"), lambda *said: told.append(said), never)
    assert made.path == tmp_path / "out" / "x.mp4"
    assert (made.info.frames, made.info.width, probe(made.path).frames) == (FRAMES, SIZE[0], FRAMES)
    assert left_in(tmp_path / "out") == ["x.mp4"]
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert told[-1] == (1.0, "done")
    words = stand_in.seen["argv"]
    assert words[words.index("-s") : words.index("-s") + 4] == ["-s", "0", "-e", str(FRAMES - 1)]


def test_the_output_modules_own_ending_is_kept(
    stand_in: StandIn, aerender: AerenderEngine, project: Path, tmp_path: Path
) -> None:
    stand_in.plays("own_ending")
    made = aerender.render_project(order(project, tmp_path / "out" / "x.mp4"), quiet, never)
    assert made.path == tmp_path / "out" / "x.mov"
    assert left_in(tmp_path / "out") == ["x.mov"]


@pytest.mark.parametrize(
    ("run", "kind", "code", "words"),
    [
        ("truncated", ProcessFailed, "incomplete-film", "7 frames instead of 10"),
        ("no_film", ProcessFailed, "no-output", "left no film"),
        ("missing_composition", NotFound, "missing-composition", "no composition “Film”"),
        ("damaged", BadFile, "damaged", "damaged"),
        ("another_instance", Unavailable, "ae-busy", "Another instance"),
        ("death", ProcessFailed, "ae-failed", "ended by signal 9"),
    ],
)
def test_a_render_that_fails_leaves_nothing(
    run: str,
    kind: type[Exception],
    code: str,
    words: str,
    stand_in: StandIn,
    aerender: AerenderEngine,
    project: Path,
    tmp_path: Path,
) -> None:
    stand_in.plays(run)
    with pytest.raises(kind, match=words) as caught:
        aerender.render_project(order(project, tmp_path / "out" / "x.mp4"), quiet, never)
    assert caught.value.code == code  # type: ignore[attr-defined]
    assert left_in(tmp_path / "out") == []


@pytest.mark.parametrize("run", ["hang", "hang_chatter"])
@pytest.mark.parametrize("engine", [AerenderEngine, NexrenderEngine])
def test_one_that_hangs_before_the_start_is_ended(
    run: str, engine: type[AerenderEngine], stand_in: StandIn, project: Path, tmp_path: Path
) -> None:
    stand_in.plays(run)
    impatient = engine(stand_in.program, client=InlineClient(), patience=IMPATIENT)
    with pytest.raises(ProcessFailed, match="hung before it started") as caught:
        impatient.render_project(order(project, tmp_path / "out" / "x.mp4"), quiet, never)
    assert caught.value.code == "ae-hangs"
    assert left_in(tmp_path / "out") == []


def test_missing_fonts_are_told(stand_in: StandIn, aerender: AerenderEngine, project: Path, tmp_path: Path) -> None:
    stand_in.plays("missing_fonts")
    made = aerender.render_project(order(project, tmp_path / "x.mp4"), quiet, never)
    assert made.warnings == ("Fonts of the project are missing here; others stand in.",)


def test_a_missing_composition_is_seen_before_after_effects_starts(
    stand_in: StandIn, aerender: AerenderEngine, project: Path, tmp_path: Path
) -> None:
    with pytest.raises(NotFound, match="no composition “Other”"):
        aerender.render_project(order(project, tmp_path / "x.mp4", composition="Other"), quiet, never)
    with pytest.raises(InvalidInput, match="0 to 9"):
        aerender.render_project(order(project, tmp_path / "x.mp4", last=50), quiet, never)
    with pytest.raises(NotFound, match="not there"):
        aerender.render_project(order(tmp_path / "gone.aep", tmp_path / "x.mp4"), quiet, never)
    assert not stand_in.saw.exists()


def test_a_project_that_only_after_effects_can_read_is_checked_by_what_it_announced(
    stand_in: StandIn, aerender: AerenderEngine, tmp_path: Path
) -> None:
    unreadable = tmp_path / "new.aep"
    unreadable.write_bytes(b"RIFX of another year")
    stand_in.plays("success")
    assert aerender.render_project(order(unreadable, tmp_path / "x.mp4"), quiet, never).info.frames == FRAMES
    stand_in.plays("truncated")
    with pytest.raises(ProcessFailed, match="instead of 10"):
        aerender.render_project(order(unreadable, tmp_path / "y.mp4"), quiet, never)


def test_a_cancel_ends_the_whole_group(
    stand_in: StandIn, aerender: AerenderEngine, project: Path, tmp_path: Path
) -> None:
    stand_in.plays("hang")
    asked = threading.Event()

    def cancelled() -> bool:
        asked.set() if stand_in.saw.exists() else None
        return asked.is_set()

    with pytest.raises(Cancelled):
        aerender.render_project(order(project, tmp_path / "out" / "x.mp4"), quiet, cancelled)
    assert left_in(tmp_path / "out") == []


def scene(project: Path, out: Path, values: dict[str, Any]) -> SceneRequest:
    comp = open_project(project).report(survey=False).compositions[0]
    places = {layer.name: f"{comp.id}/{layer.id}" for layer in comp.layers}
    return SceneRequest(project, comp.id, {places[name]: value for name, value in values.items()}, out)


def test_values_are_written_into_the_project(
    stand_in: StandIn, aerender: AerenderEngine, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in.plays("success")
    kept: list[Path] = []
    beside: list[bool] = []
    saved = InlineClient.save

    def save(self: InlineClient, path: Path, values: Any, out: Path) -> list[str]:
        told = saved(self, path, values, out)
        copy = tmp_path / "kept.aep"
        copy.write_bytes(Path(out).read_bytes())
        kept.append(copy)
        beside.append((Path(out).parent / "(Footage)" / "logo.png").is_file())
        return told

    monkeypatch.setattr(InlineClient, "save", save)
    values = {"title": {"kind": "text", "text": "Servus"}, "card": {"kind": "color", "value": "#0000ff80"}}
    made = aerender.render_scene(scene(project, tmp_path / "out" / "scene.mp4", values), quiet, never)
    assert (made.info.frames, made.info.video_codec, made.info.audio_codec) == (FRAMES, "h264", None)
    layers = {layer.name: layer for layer in open_project(kept[0]).report().compositions[0].layers}
    assert (layers["title"].text, layers["card"].color) == ("Servus", "#0000FF")
    assert made.warnings[0] == "The colour of “card” is written without its transparency."
    assert left_in(tmp_path / "out") == ["scene.mp4"]
    assert Path(stand_in.seen["argv"][1]).name.startswith("bound-")
    assert beside == [True]


def test_an_archives_copy_lies_beside_its_footage(
    stand_in: StandIn, aerender: AerenderEngine, project: Path, tmp_path: Path
) -> None:
    packed = tmp_path / "promo.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in (project, project.parent / "(Footage)" / "logo.png"):
            archive.write(path, f"promo/{path.relative_to(project.parent).as_posix()}")
    stand_in.plays("success")
    made = aerender.render_scene(scene(packed, tmp_path / "out" / "scene.mp4", {}), quiet, never)
    assert made.info.frames == FRAMES
    assert Path(stand_in.seen["argv"][1]).parent.name == "promo"
    assert left_in(tmp_path / "out") == ["scene.mp4"]


def test_values_as_nexrenders_assets(
    stand_in: StandIn, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = NexrenderEngine(stand_in.program, stand_in.program, InlineClient(), CALM, as_assets=True)
    stand_in.plays("nexrender_success")
    values = {"title": {"kind": "text", "text": "Servus"}, "card": {"kind": "color", "value": "#0000ff80"}}
    made = engine.render_scene(scene(project, tmp_path / "scene.mp4", values), quiet, never)
    assert made.warnings[0] == "The colour of “card” is written without its transparency."
    [asset] = stand_in.seen["job"]["assets"]
    assert (asset["property"], asset["value"], asset["composition"]) == ("Source Text", "Servus", "Film")


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ("nexrender_failed", "Couldn't find a result file"),
        ("nexrender_silent", "did not say that the job is finished"),
        ("nexrender_composition", "no composition"),
    ],
)
def test_nexrender_that_fails(
    run: str, words: str, stand_in: StandIn, nexrender: NexrenderEngine, project: Path, tmp_path: Path
) -> None:
    stand_in.plays(run)
    with pytest.raises((ProcessFailed, NotFound), match=words):
        nexrender.render_project(order(project, tmp_path / "out" / "x.mp4"), quiet, never)
    assert left_in(tmp_path / "out") == []


def test_nexrender_renders(stand_in: StandIn, nexrender: NexrenderEngine, project: Path, tmp_path: Path) -> None:
    stand_in.plays("nexrender_success")
    assets = [{"type": "data", "layerName": "title", "property": "Source Text", "value": "Hi"}]
    told: list[float] = []
    wanted = order(project, tmp_path / "x.mp4", output_module="H.264", assets=assets)
    made = nexrender.render_project(wanted, lambda part, _: told.append(part), never)
    assert made.info.frames == FRAMES
    assert any(0.4 < part < 0.5 for part in told)  # 47 % of nine tenths
    job = stand_in.seen["job"]
    assert (job["template"]["outputModule"], job["assets"]) == ("H.264", assets)


def test_assets_are_nexrenders_alone(aerender: AerenderEngine, project: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="nexrender"):
        aerender.render_project(order(project, tmp_path / "x.mp4", assets=[{"type": "data"}]), quiet, never)


def test_what_is_offered_follows_what_is_found(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AERENDER_PATH", raising=False)
    monkeypatch.delenv("NEXRENDER_PATH", raising=False)
    assert not {"aerender", "nexrender"} & set(installed())
    with pytest.raises(Unavailable, match="AERENDER_PATH"):
        find_aerender()
    monkeypatch.setenv("AERENDER_PATH", str(stand_in.program.parent))
    monkeypatch.setenv("NEXRENDER_PATH", str(stand_in.program))
    found = installed()
    assert found["aerender"] == {"aerender": "2024"}
    assert found["nexrender"] == {"nexrender": "1.49.5", "aerender": "2024"}
    assert find_nexrender() == stand_in.program
    monkeypatch.setenv("AERENDER_PATH", os.devnull + "/nothing")
    assert "aerender" not in installed()


def test_the_registry_knows_them() -> None:
    assert scene_engine("aerender").name == project_engine("aerender").name == "aerender"
    assert project_engine("nexrender").name == "nexrender"
    with pytest.raises(NotFound, match="does not run After Effects"):
        project_engine("native")


@pytest.mark.parametrize(
    ("path", "release"),
    [
        ("C:/Program Files/Adobe/Adobe After Effects 2024/Support Files/aerender.exe", "2024"),
        ("/Applications/Adobe After Effects CC 2019/aerender", "2019"),
        ("/opt/ae/aerender", ""),
    ],
)
def test_the_release_is_read_from_the_path(path: str, release: str) -> None:
    assert release_of(Path(path)) == release


def test_a_renderer_that_prints_a_gigabyte_costs_little_memory(
    stand_in: StandIn, aerender: AerenderEngine, project: Path, tmp_path: Path
) -> None:
    endless = "head -c 1073741824 /dev/zero"
    stand_in.program.write_text(f"#!/bin/sh\necho 'aerender version 17.1.1x34'; {endless}; echo; exit 3\n")
    before = psutil.Process().memory_info().rss
    with pytest.raises(ProcessFailed) as caught:
        aerender.render_project(order(project, tmp_path / "out" / "x.mp4"), quiet, never)
    assert psutil.Process().memory_info().rss - before < 64 << 20
    assert len(caught.value.details["log"]) < 1000
