"""What aerender's and nexrender's lines mean; their command lines and documents. Pure functions, no process."""

from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from flatrender.core.errors import BadFile, NoSpace, NotFound, ProcessFailed, Unavailable
from flatrender.core.timing import Rate
from workers.engines import aerender_log, nexrender_log
from workers.engines.base import ProjectRequest

RECORDED = Path(__file__).parent / "recorded"


def lines(name: str) -> list[str]:
    return [line for line in (RECORDED / f"{name}.txt").read_text("utf-8").splitlines() if not line.startswith("@")]


def heard(name: str) -> aerender_log.Reading:
    reading = aerender_log.Reading()
    for line in lines(name):
        reading = reading.after(line)
    return reading


@pytest.mark.parametrize(
    ("run", "start", "duration"),
    [
        ("success", "0:00:00:00", "0:00:00:10"),
        ("localised", "0:00:00:00", "0:00:00:10"),
        ("drop_frame", "0;00;00;00", "0;00;00;10"),
    ],
)
def test_frames_are_heard_in_every_language(run: str, start: str, duration: str) -> None:
    reading = heard(run)
    assert (reading.version, reading.start, reading.frame) == ("17.1.1x34", start, 10)
    assert reading.fraction(10) == 1.0
    assert reading.problem is None
    assert reading.started


def test_the_duration_is_the_last_time_before_the_frames() -> None:
    assert heard("success").duration == "0:00:00:10"
    assert heard("localised").duration == "0:00:00:10"


def test_progress_never_falls() -> None:
    reading = heard("death")
    assert reading.frame == 4
    assert reading.after("PROGRESS:  0:00:00:00 (1): 0 Seconds").fraction(10) == 0.4
    assert reading.fraction(None) == 0.0


@pytest.mark.parametrize(
    ("run", "status", "kind", "code"),
    [
        ("missing_composition", 1, NotFound, "missing-composition"),
        ("damaged", 3, BadFile, "damaged"),
        ("another_instance", 1, Unavailable, "ae-busy"),
        ("death", -9, ProcessFailed, "ae-failed"),
    ],
)
def test_what_went_wrong(run: str, status: int, kind: type[Exception], code: str) -> None:
    error = aerender_log.failure(heard(run), status, "Film")
    assert isinstance(error, kind)
    assert error.code == code
    assert "aerender version" in error.details["log"]


def test_a_full_disk_is_no_crash() -> None:
    reading = aerender_log.Reading().after("After Effects error: Rendering error: the disk is full.")
    assert isinstance(aerender_log.failure(reading, 1, "Film"), NoSpace)


def test_an_error_line_counts_although_the_status_is_0() -> None:
    reading = aerender_log.Reading().after("aerender ERROR: An existing connection was forcibly closed")
    error = aerender_log.failure(reading, 0, "Film")
    assert error is not None
    assert "forcibly closed" in error.message


def test_missing_fonts_are_a_warning() -> None:
    assert heard("missing_fonts").warnings == ("Fonts of the project are missing here; others stand in.",)
    assert heard("missing_fonts").problem is None


def test_the_kept_log_is_bounded() -> None:
    reading = aerender_log.Reading()
    for number in range(500):
        reading = reading.after(f"line {number} {'x' * 2000}")
    assert len(reading.tail) == aerender_log.KEPT_LINES
    assert max(map(len, reading.tail)) == 500


@pytest.mark.parametrize(
    ("timecode", "rate", "frames"),
    [
        ("0:00:05:00", Rate(30), 150),
        ("0:00:05:00", Rate(25), 125),
        ("0:00:00:10", Rate(30000, 1001), 10),
        ("0;01;00;02", Rate(30000, 1001), 1800),  # SMPTE: the first number after 0;00;59;29
        ("0;10;00;00", Rate(30000, 1001), 17982),
        ("0;01;00;04", Rate(60000, 1001), 3600),
        ("1:00:00:00", Rate(24), 86400),
        ("99", Rate(24), None),
    ],
)
def test_timecodes(timecode: str, rate: Rate, frames: int | None) -> None:
    assert aerender_log.frames_of(timecode, rate) == frames


def test_aerenders_command_line() -> None:
    request = ProjectRequest(
        Path("/p/a b.aep"), "Film; rm", Path("/out/x.mov"),
        first=3, last=9, output_module="H.264", settings_template="Best Settings", continue_on_missing=True,
    )  # fmt: skip
    assert aerender_log.argv(Path("/ae/aerender"), request) == [
        "/ae/aerender", "-project", "/p/a b.aep", "-comp", "Film; rm", "-output", "/out/x.mov",
        "-OMtemplate", "H.264", "-RStemplate", "Best Settings", "-s", "3", "-e", "9",
        "-sound", "ON", "-close", "DO_NOT_SAVE_CHANGES", "-v", "ERRORS_AND_PROGRESS", "-continueOnMissingFootage",
    ]  # fmt: skip
    assert "-s" not in aerender_log.argv(Path("a"), ProjectRequest(Path("p"), "Film", Path("o")))


def read_nexrender(name: str) -> nexrender_log.Reading:
    reading = nexrender_log.Reading()
    for line in lines(name):
        reading = reading.after(line)
    return reading


def test_nexrenders_progress_and_end() -> None:
    reading = read_nexrender("nexrender_success")
    assert (reading.percent, reading.done, reading.failed) == (100, True, False)
    assert nexrender_log.failure(reading, 0, "Film") is None


def test_nexrenders_failure_with_status_0_is_a_failure() -> None:
    error = nexrender_log.failure(read_nexrender("nexrender_failed"), 0, "Film")
    assert error is not None
    assert "Couldn't find a result file" in error.message


def test_nexrender_must_say_that_it_is_done() -> None:
    error = nexrender_log.failure(read_nexrender("nexrender_silent"), 0, "Film")
    assert error is not None
    assert "did not say that the job is finished" in error.message


def test_what_aerender_said_inside_nexrender_counts() -> None:
    error = nexrender_log.failure(read_nexrender("nexrender_composition"), 2, "Film")
    assert isinstance(error, NotFound)


def test_the_document_for_nexrender() -> None:
    request = ProjectRequest(Path("/p/a b.aep"), "Film", Path("/out/x.mp4"), output_module="H.264", last=9)
    made = nexrender_log.document("u1", request)
    assert made["template"] == {
        "src": "file:///p/a%20b.aep",
        "composition": "Film",
        "outputExt": "mp4",
        "outputModule": "H.264",
        "frameEnd": 9,
    }
    assert (made["output"], made["actions"]) == ("/out/x.mp4", {"prerender": [], "postrender": []})


def test_file_addresses() -> None:
    assert nexrender_log.file_address(PureWindowsPath(r"C:\Pro jects\ä#.aep")) == "file:///C:/Pro%20jects/%C3%A4%23.aep"
    assert nexrender_log.file_address(Path(PurePosixPath("/a/b.aep"))) == "file:///a/b.aep"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"kind": "text", "text": "Hi"}, {"type": "data", "property": "Source Text", "value": "Hi"}),
        ({"kind": "visible", "value": False}, {"type": "data", "property": "enabled", "value": False}),
        ({"kind": "image", "path": "/a b.png"}, {"type": "image", "src": "file:///a%20b.png"}),
        ({"kind": "color", "value": "#ffffff"}, None),
    ],
)
def test_values_as_assets(value: dict[str, object], expected: dict[str, object] | None) -> None:
    made = nexrender_log.asset_of(value, "Intro", 3)
    assert made == (None if expected is None else {**expected, "composition": "Intro", "layerIndex": 3})


def test_nexrenders_command_line() -> None:
    words = nexrender_log.argv(Path("nexrender-cli"), Path("job.json"), Path("aerender"), Path("work"))
    assert words[:3] == ["nexrender-cli", "--file", "job.json"]
    assert words[-2:] == ["--binary", "aerender"]
    assert "--skip-cleanup" in words
