"""The engines' registry, the native engine over an invented renderer, and FFmpeg as an engine."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flatrender.aftereffects.notes import notes
from flatrender.aftereffects.raster import planes
from flatrender.aftereffects.report import (
    MISSING_FONT,
    Capability,
    CompositionReport,
    FontUse,
    FootageUse,
    ProjectReport,
)
from flatrender.core.errors import InvalidInput, NotFound, ProcessFailed
from flatrender.core.timing import Rate
from flatrender.film import read
from flatrender.film.spec import Film, Joint, Piece
from workers.engines.base import (
    Cancelled,
    ComposeRequest,
    ExportRequest,
    SceneRequest,
    compose_engine,
    installed,
    scene_engine,
)
from workers.engines.native import NativeEngine

WIDTH, HEIGHT = 64, 48


def composition(number: int, name: str, *, frames: int = 20, rate: int = 25, inside: int | None = None) -> Any:
    return CompositionReport(
        number, name, WIDTH, HEIGHT, float(rate), (rate, 1), frames / rate, frames, "#204060", (0.0, frames / rate),
        (inside,) if inside else (), (),
    )  # fmt: skip


REPORT = ProjectReport(
    "promo.aep",
    "0" * 32,
    "26.0",
    (composition(1, "film"), composition(2, "scene", inside=1), composition(3, "other", rate=30)),
    fonts=(
        FontUse("Gilroy-Bold", "Gilroy", "Bold", False, "Inter-Bold", ("2/7",)),
        FontUse("Futura", "Futura", "Medium", False, None, ("3/1",)),
    ),
    footage=(FootageUse(9, "logo.png", "image", None, 10, 10, True, ("1/4",)),),
    capabilities=(
        Capability(2, "Title", "Effects", "Glow", "ignored", "not drawn yet"),
        Capability(2, "Title", "Text", "Text", "supported"),
        Capability(2, "Title", "Gilroy-Bold", MISSING_FONT, "approximated", "told already"),
        Capability(3, None, "Camera", "Camera", "ignored"),
    ),
    warnings=("The project is old.",),
)


class Renderer:
    """Draws frames whose red level is their number; may fail at one."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.fails_at = fails_at
        self.asked: dict[str, Any] = {}

    def scan(self, path: Path, *, survey: bool = True, layers: bool = True) -> ProjectReport:
        return REPORT

    def frames(
        self, path: Path, comp_id: int, values: Any, first: int, last: int, **options: Any
    ) -> Iterator[memoryview]:
        self.asked = {"comp": comp_id, "first": first, "last": last, "values": values, **options}
        width, height = options["size"]
        memory = bytearray(width * height * 4)  # one slot, used again for each frame, as the real one's are
        pixels = np.frombuffer(memory, np.uint8).reshape(height, width, 4)
        for number in range(first, last + 1):
            if number == self.fails_at:
                raise ProcessFailed("The renderer crashed at frame 7.", frame=number)
            pixels[:] = (10 * number, 50, 50, 255)
            yield as_planes(memory, width, height) if options.get("planar") else memoryview(memory)


def as_planes(pixels: bytearray, width: int, height: int) -> memoryview:
    out = bytearray(planes.size(width, height))
    planes.Planes(width, height).convert(memoryview(pixels), memoryview(out))
    return memoryview(out)


def never() -> bool:
    return False


def quiet(fraction: float, step: str) -> None:
    pass


def request(out: Path, **changes: Any) -> SceneRequest:
    return SceneRequest(**{"project": Path("promo.aep"), "composition_id": 1, "values": {}, "out": out, **changes})


def test_a_scene_is_rendered_whole_and_probed(tmp_path: Path) -> None:
    renderer, seen = Renderer(), list[tuple[float, str]]()
    engine = NativeEngine(renderer)  # type: ignore[arg-type]
    shown: list[tuple[int, int]] = []  # how many were drawn, how bright this one is
    watched = request(tmp_path / "s.mp4", watch=lambda frame, size, drawn: shown.append((drawn, frame[0])))
    result = engine.render_scene(watched, lambda *told: seen.append(told), never)
    luma = [16 + 219 / 255 * (0.2126 * 10 * number + 0.7874 * 50) for number in range(20)]
    assert [number for number, _ in shown] == list(range(1, 21))
    assert [bright for _, bright in shown] == pytest.approx(luma, abs=1)
    assert (result.info.frames, result.info.width, result.info.rate) == (20, WIDTH, Rate(25))
    assert renderer.asked["background"] == "#204060"
    assert [fraction for fraction, _ in seen] == sorted(fraction for fraction, _ in seen)
    assert seen[-1] == (1.0, "done")
    reds = [np.frombuffer(frame, np.uint8)[0] for frame in read.frames(tmp_path / "s.mp4")]
    assert np.abs(np.array(reds, int) - 10 * np.arange(20)).max() <= 4, "no frame was overwritten before it was read"
    assert os.listdir(tmp_path) == ["s.mp4"]


def test_large_frames_are_lent_and_still_not_overwritten(tmp_path: Path) -> None:
    """Above the pipe's capacity a frame's memory itself goes through the pipe; it is used again at once."""
    engine = NativeEngine(Renderer())  # type: ignore[arg-type]
    engine.render_scene(request(tmp_path / "s.mp4", size=(1280, 720)), quiet, never)
    for number, frame in enumerate(read.frames(tmp_path / "s.mp4")):
        pixels = np.frombuffer(frame, np.uint8).reshape(720, 1280, 4)
        assert np.abs(pixels[..., 0].astype(int) - 10 * number).max() <= 4, number


def test_a_part_in_another_size_over_another_colour(tmp_path: Path) -> None:
    renderer = Renderer()
    engine = NativeEngine(renderer)  # type: ignore[arg-type]
    wanted = request(tmp_path / "s.webm", first=5, frames=8, size=(32, 24), format="webm", background="#ffffff")
    assert engine.render_scene(wanted, quiet, never).info.frames == 8
    assert (renderer.asked["first"], renderer.asked["last"], renderer.asked["size"]) == (5, 12, (32, 24))
    assert renderer.asked["background"] == "#ffffff"
    alpha = request(tmp_path / "s.mov", format="mov", alpha=True)
    assert engine.render_scene(alpha, quiet, never).info.has_alpha
    assert renderer.asked["background"] is None


def test_cancel_and_crash_leave_nothing(tmp_path: Path) -> None:
    calls = iter([False] * 6)
    engine = NativeEngine(Renderer())  # type: ignore[arg-type]
    with pytest.raises(Cancelled):
        engine.render_scene(request(tmp_path / "s.mp4"), quiet, lambda: next(calls, True))
    crashing = NativeEngine(Renderer(fails_at=7))  # type: ignore[arg-type]
    with pytest.raises(ProcessFailed, match="frame 7"):
        crashing.render_scene(request(tmp_path / "s.mp4"), quiet, never)
    assert os.listdir(tmp_path) == []


def test_impossible_requests(tmp_path: Path) -> None:
    engine = NativeEngine(Renderer())  # type: ignore[arg-type]
    with pytest.raises(NotFound, match="#77"):
        engine.render_scene(request(tmp_path / "s.mp4", composition_id=77), quiet, never)
    with pytest.raises(InvalidInput, match="frames 0 to 19; 10 to 29"):
        engine.render_scene(request(tmp_path / "s.mp4", first=10, frames=20), quiet, never)
    with pytest.raises(InvalidInput, match="different frame rates"):
        engine.render_sequence(request(tmp_path / "s.mp4"), [1, 3], quiet, never)


def test_notes_are_those_of_the_composition_and_all_inside_it() -> None:
    told = notes(REPORT, [1])
    assert any("Gilroy-Bold" in line and "Inter-Bold" in line for line in told)
    assert any("logo.png" in line for line in told)
    assert "scene/Title: Glow is ignored (not drawn yet)." in told
    assert "The project is old." in told
    assert len([line for line in told if "Gilroy" in line]) == 1
    assert not any("Futura" in line or "Camera" in line for line in told)
    assert any("Futura" in line for line in notes(REPORT, [3]))


def test_a_look_that_fails_costs_no_film(tmp_path: Path) -> None:
    class Crashing(Renderer):
        def scan(self, path: Path, *, survey: bool = True, layers: bool = True) -> ProjectReport:
            if survey:
                raise ProcessFailed("The engine took too long.")
            return REPORT

    engine = NativeEngine(Crashing())  # type: ignore[arg-type]
    result = engine.render_scene(request(tmp_path / "s.mp4"), quiet, never)
    assert result.info.frames == 20
    assert result.warnings == ("What is not shown could not be found out: The engine took too long.",)


def test_the_registry() -> None:
    assert scene_engine("native").name == "native"
    assert compose_engine("ffmpeg").name == "ffmpeg"
    with pytest.raises(NotFound, match=r"there are native, aerender, nexrender\.$"):
        scene_engine("blender")
    with pytest.raises(NotFound, match="does not render compositions"):
        scene_engine("ffmpeg")
    with pytest.raises(NotFound, match="does not join films"):
        compose_engine("native")
    assert {"native", "ffmpeg"} <= set(installed())
    assert set(installed()["native"]) == {"py-aep", "thorvg", "ffmpeg"}


def test_scenes_are_joined(tmp_path: Path) -> None:
    engine = NativeEngine(Renderer())  # type: ignore[arg-type]
    for name in ("a", "b"):
        engine.render_scene(request(tmp_path / f"{name}.mp4"), quiet, never)
    seen: list[tuple[float, str]] = []
    pieces = (Piece(tmp_path / "a.mp4", 0, 20), Piece(tmp_path / "b.mp4", 15, 20, joint=Joint("crossfade", 5)))
    exports = [
        ExportRequest("mp4", (WIDTH, HEIGHT), tmp_path / "film.mp4"),
        ExportRequest("m4a", (WIDTH, HEIGHT), tmp_path / "film.m4a"),
    ]
    film, sound = compose_engine().compose(
        ComposeRequest(Film(Rate(25), (WIDTH, HEIGHT), 35, (pieces,)), exports), lambda *told: seen.append(told), never
    )
    assert (film.info.frames, film.info.audio_codec) == (35, "aac")
    assert (sound.path, sound.info.video_codec) == (tmp_path / "film.m4a", None)
    assert [share for share, _ in seen] == sorted(share for share, _ in seen)
    assert seen[-1] == (1.0, "done")
