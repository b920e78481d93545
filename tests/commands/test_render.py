"""`flatrender render` as a person calls it: the real engine, a real film; and what it says when it cannot."""

import io
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from flatrender.aftereffects.report import CompositionReport, ProjectReport
from flatrender.commands import main
from flatrender.commands.render import ProgressLine, chosen_compositions, chosen_format, frame_range
from flatrender.core.errors import InvalidInput, NotFound
from flatrender.core.process import PIPE, Child, Completed, Limits, run
from flatrender.film.probe import probe
from flatrender.templates.demos import hear_the_room, lower_third


def flatrender(*words: object) -> Completed:
    return run([sys.executable, "-m", "flatrender", *map(str, words)], limits=Limits(wall_seconds=240))


@pytest.fixture(scope="module")
def lower(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lower_third.TEMPLATE.build(tmp_path_factory.mktemp("lower"))


def test_a_complete_film_with_a_value_and_progress(lower: Path, tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    done = flatrender("render", lower, "--frames", "30-41", "--out", out)
    said = done.stderr.decode()
    assert done.returncode == 0, said
    info = probe(out)
    assert (info.width, info.height, info.frames, info.video_codec) == (1920, 1080, 12, "h264")
    percents = [int(line.split("%")[0].split()[-1]) for line in said.splitlines() if "%" in line]
    assert percents == sorted(percents)
    assert percents[-1] == 100
    assert "“frfinal”, 1920 × 1080, 12 frames, 0.40 s" in said
    assert done.stdout == b""
    assert os.listdir(tmp_path) == ["film.mp4"]


def test_scenes_of_a_flexible_template_follow_one_another(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    from flatrender.aftereffects.client import EngineClient
    from flatrender.templates import convention

    project = hear_the_room.TEMPLATE.build(tmp_path_factory.mktemp("promo"))
    client = EngineClient(1)
    try:
        report = client.scan(project)
        outline = convention.read(report)
        assert outline.kind == "flexible"
        scenes = {composition.id: composition for composition in report.compositions}
        wanted = [scene.composition_id for scene in outline.scenes]
        if outline.final_composition_id is None:
            assert chosen_compositions(report, None) == wanted
        from workers.engines.base import SceneRequest
        from workers.engines.native import NativeEngine

        fractions: list[float] = []
        texts = [layer for layer in scenes[wanted[0]].layers if layer.box is not None]
        long = {"kind": "text", "text": "Far more than this box has room for. " * 20}
        values = {f"{wanted[0]}/{texts[0].id}": long}
        request = SceneRequest(project, wanted[0], values, tmp_path / "film.mp4", size=(320, 180), format="mp4")
        result = NativeEngine(client).render_sequence(
            request, wanted, lambda fraction, _step: fractions.append(fraction), lambda: False
        )
    finally:
        client.close()
    assert result.info.frames == sum(scenes[number].frames for number in wanted)
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    beyond = [warning for warning in result.warnings if "longer than its box" in warning]
    where = f"{scenes[wanted[0]].name}/{texts[0].name}"
    assert beyond == [f"{where}: the text is longer than its box; what has no room is drawn below it."]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--comp", "frfinl"], "frfinal"),
        (["--format", "avi"], "mp4, webm, mov, gif, png"),
        (["--engine", "aerendr"], "native"),
        (["--frames", "9-2"], "--frames takes A-B"),
        (["--frames", "0-99999"], "has frames 0 to"),
        (["--set", "nonsense"], "KEY=VALUE"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_no_file(lower: Path, tmp_path: Path, words: list[str], said: str) -> None:
    done = flatrender("render", lower, *words, "--out", tmp_path / "film.mp4")
    assert done.returncode == 2, done.stderr.decode()
    assert said in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("out", "words", "said"),
    [
        ("film.mp4/film.mp4", (), "film.mp4/film.mp4 cannot be written (Not a directory); choose another place."),
        ("", (), " is a folder; name a file."),
        ("pictures", ("--format", "png"), "The folder pictures holds other things (mine.txt); name another."),
        ("film.mp4", ("--format", "png"), "a name that ends in .mp4 do not go together"),
        ("new.mp4", ("--alpha",), "A film as mp4 has no transparency: --alpha goes with webm, mov, gif, png."),
    ],
)
def test_a_film_that_cannot_be_written_is_refused_before_it_is_drawn(
    lower: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], out: str, words: tuple[str, ...], said: str
) -> None:
    (tmp_path / "film.mp4").write_text("a file")
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "mine.txt").touch()
    assert main(["render", str(lower), *words, "--out", str(tmp_path / out)]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1, "and no progress"
    assert not (tmp_path / "new.mp4").exists()


@pytest.mark.parametrize(("name", "status"), [("SIGTERM", 143), ("SIGINT", 130)])
def test_what_is_stopped_leaves_nothing_half_made(lower: Path, tmp_path: Path, name: str, status: int) -> None:
    words = [sys.executable, "-m", "flatrender", "render", str(lower), "--out", str(tmp_path / "film.mp4")]
    with Child(words, stderr=PIPE, limits=Limits(wall_seconds=120)) as child:
        assert child.popen.stderr is not None
        assert child.popen.stderr.readline().startswith(b"rendering")
        os.kill(child.pid, getattr(signal, name))
        assert child.wait(60) == status
    assert os.listdir(tmp_path) == []


def test_one_of_several_projects(lower: Path, tmp_path: Path) -> None:
    both = shutil.copytree(lower, tmp_path / "both")
    [project] = both.rglob("*.aep")
    shutil.copy(project, project.with_name("another.aep"))
    words = ["render", both, "--comp", "frfinal", "--frames", "0-4", "--out", tmp_path / "film.mp4"]
    refused = flatrender(*words)
    assert (refused.returncode, b"choose one with --project NAME" in refused.stderr) == (2, True)
    done = flatrender(*words, "--project", "another.aep")
    assert done.returncode == 0, done.stderr.decode()
    assert probe(tmp_path / "film.mp4").frames == 5


def test_a_text_file_named_aep(tmp_path: Path) -> None:
    bad = tmp_path / "bad.aep"
    bad.write_text("not a project")
    done = flatrender("render", bad, "--out", tmp_path / "film.mp4")
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert os.listdir(tmp_path) == ["bad.aep"]


def composition(number: int, name: str, used_in: tuple[int, ...] = ()) -> CompositionReport:
    return CompositionReport(number, name, 96, 64, 30.0, (30, 1), 1.0, 30, "#000000", (0.0, 1.0), used_in, ())


def test_the_only_composition_that_nothing_uses_is_the_film() -> None:
    report = ProjectReport("a.aep", "0", "26", (composition(1, "inside", (2,)), composition(2, "whole")))
    assert chosen_compositions(report, None) == [2]
    several = ProjectReport("a.aep", "0", "26", (composition(1, "one"), composition(2, "two")))
    with pytest.raises(InvalidInput, match="“one” \\(#1\\), “two” \\(#2\\); choose one with --comp"):
        chosen_compositions(several, None)
    assert chosen_compositions(several, "#1") == [1]


def test_the_format_is_the_one_named_else_the_files_ending() -> None:
    assert chosen_format(None, Path("a.webm")) == "webm"
    assert chosen_format(None, Path("a.MOV")) == "mov"
    assert chosen_format(None, Path("film")) == "mp4"
    assert chosen_format("gif", Path("film")) == "gif"
    with pytest.raises(InvalidInput, match=r"--format webm and a name that ends in \.mp4 do not go together"):
        chosen_format("webm", Path("a.mp4"))
    with pytest.raises(InvalidInput):
        chosen_format("scene", Path("a"))
    for typo in ("film.AVI", "film.mpv"):
        with pytest.raises(InvalidInput, match=r"\.(avi|mpv).*mp4"):
            chosen_format(None, Path(typo))
    assert chosen_format("mp4", Path("film.avi")) == "mp4", "who asks for it gets it"


def test_frames() -> None:
    assert frame_range(None) == (0, None)
    assert frame_range("5-9") == (5, 5)
    assert frame_range("7") == (7, 1)
    for wrong in ("9-5", "-3", "a", "1-"):
        with pytest.raises(InvalidInput):
            frame_range(wrong)


def test_progress_lines() -> None:
    stream = io.StringIO()
    line = ProgressLine(stream)
    for percent in range(101):
        line(percent / 100, "rendering")
    line.end()
    shown = stream.getvalue().splitlines()
    assert len(shown) == 11
    assert shown[0] == "rendering   0 %"
    assert shown[-1] == "rendering 100 %"
    assert ProgressLine.left(0.25, 30) == "1 min 30 s"
    assert ProgressLine.left(0.5, 7) == "7 s"


def test_a_project_without_compositions_says_so(shared_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InvalidInput, match="holds no composition"):
        chosen_compositions(ProjectReport("empty.aep", "", "26.0", ()), None)
    assert main(["scan", str(shared_folder / "corpus" / "aep-parser" / "ExEn-js.aep")]) == 0
    assert "It holds no composition" in capsys.readouterr().out


def test_only_near_names_are_offered() -> None:
    report = ProjectReport("film.aep", "", "26.0", (composition(1, "frshare"), composition(2, "Opening")))
    with pytest.raises(NotFound, match="it has “frshare”, “Opening”"):
        chosen_compositions(report, "frfinal")
    with pytest.raises(NotFound, match="did you mean “Opening”"):
        chosen_compositions(report, "opening")


def test_snapshot_takes_single_frames_and_no_dead_link(
    lower: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["snapshot", str(lower), "--comp", "frfinal", "--out", str(tmp_path / "link")]
    with pytest.raises(SystemExit):
        main([*words, "--frame", "0-3"])
    assert "takes the number of one frame, not “0-3”" in capsys.readouterr().err
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    assert main([*words, "--frame", "0"]) == 2
    assert "is a link" in capsys.readouterr().err
