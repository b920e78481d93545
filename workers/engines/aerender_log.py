"""aerender's command line, and what its lines say: pure functions.

aerender speaks the language of the installed After Effects. Frame lines have the same form in every language
(`0:00:00:00 (1): 0 Seconds`); of the lines before them that end in a timecode the first is the start and the last the
duration, whatever they are called. Only a handful of sentences are known by their English words.

The lines were printed by real runs (public issues of nexrender: 148, 519, 692, 714, 805, 1043); After Effects itself
was never run with this code.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from flatrender.core.errors import BadFile, FlatRenderError, NoSpace, NotFound, ProcessFailed, Unavailable
from flatrender.core.timing import Rate
from workers.engines.base import ProjectRequest

KEPT_LINES = 60

_TIME = r"\d{1,3}[:;]\d\d[:;]\d\d[:;.]\d{2,3}"  # a semicolon before the frames, or everywhere, means drop-frame
_PLACE = rf"(?:{_TIME}|\d+\+\d\d|\d+f?)"  # as the project shows time: timecode, feet and frames, or frames
_FRAME = re.compile(rf"^(?:PROGRESS:)?\s*{_PLACE}\s+\((\d+)\)")
_NAMED_TIME = re.compile(rf"^(?:PROGRESS:)?\s*[^\d\s(][^()]*?\s*[:\uff1a]\s*({_TIME}|\d+\+\d\d)\s*$")
_VERSION = re.compile(r"aerender version (\S+)")

# What cannot be told by form: words, and what they mean.
_FINISHED = re.compile(r"(?i)finished composition|total time elapsed")
_MISSING_FONTS = re.compile(r"(?i)missing fonts?")
_MISSING_FOOTAGE = re.compile(r"(?i)missing footage|footage (?:item )?(?:is|was) missing")
_WARNING = re.compile(r"(?i)\bwarning\b:?\s*(.*)")
_ERROR = re.compile(r"(?i)aerender error|after effects error|^error\b|fatal error")

Problem = Literal["composition", "damaged", "busy", "full", "other"]
_PROBLEMS: tuple[tuple[re.Pattern[str], Problem], ...] = (
    (re.compile(r"(?i)no comp was found|composition .*not found"), "composition"),
    (re.compile(r"(?i)file is damaged|not a valid after effects project"), "damaged"),
    (re.compile(r"(?i)another instance of aerender"), "busy"),
    (re.compile(r"(?i)disk is full|not enough (?:disk )?space|no space left"), "full"),
)


@dataclass(frozen=True)
class Reading:
    """What was heard so far. `frame`: the number of the last frame that was rendered; `start`, `duration`: timecodes
    as printed; `finished`: After Effects said that the composition is done.
    """

    version: str = ""
    start: str | None = None
    duration: str | None = None
    frame: int = 0
    finished: bool = False
    problem: Problem | None = None
    said: str = ""  # the line with the problem
    warnings: tuple[str, ...] = ()
    tail: tuple[str, ...] = ()

    @property
    def started(self) -> bool:
        """Whether After Effects has opened the project and begun."""
        return self.start is not None or self.frame > 0

    @property
    def steps(self) -> int:
        """What grows as long as it renders."""
        return self.frame

    @property
    def log(self) -> str:
        """The last lines."""
        return "\n".join(self.tail)

    def after(self, line: str) -> "Reading":
        """What is known with one more line."""
        text = line.strip()
        if not text:
            return self
        heard = replace(self, tail=(*self.tail, text[:500])[-KEPT_LINES:])
        if frame := _FRAME.match(text):
            return replace(heard, frame=max(self.frame, int(frame[1])))
        if version := _VERSION.search(text):
            heard = replace(heard, version=version[1])
        for pattern, problem in _PROBLEMS:
            if pattern.search(text):
                return replace(heard, problem=problem, said=text)
        if _MISSING_FONTS.search(text):
            return heard._warned("Fonts of the project are missing here; others stand in.")
        if _MISSING_FOOTAGE.search(text):
            return heard._warned("Footage of the project is missing here; its place stays empty.")
        if _ERROR.search(text):
            return replace(heard, problem=heard.problem or "other", said=heard.said or text)
        if warned := _WARNING.search(text):
            return heard._warned(warned[1][:200] or text[:200])
        if _FINISHED.search(text):
            return replace(heard, finished=True)
        if time := _NAMED_TIME.match(text):
            if heard.start is None:
                return replace(heard, start=time[1])
            if not heard.frame:
                return replace(heard, duration=time[1])
        return heard

    def _warned(self, warning: str) -> "Reading":
        return self if warning in self.warnings else replace(self, warnings=(*self.warnings, warning)[:20])

    def fraction(self, frames: int | None) -> float:
        """How much of `frames` is rendered, 0 to 1."""
        return min(1.0, self.frame / frames) if frames else 0.0


def argv(program: Path, request: ProjectRequest) -> list[str]:
    """aerender's command line; frames count from the composition's start, both ends are rendered.

    It must not reuse an After Effects that a person has open, and what it changes in the project is thrown away.
    """
    words = [str(program), "-project", str(request.project)]
    words += ["-comp", request.composition, "-output", str(request.out)]
    modules = {"-OMtemplate": request.output_module, "-RStemplate": request.settings_template}
    for name, value in {**modules, "-s": request.first, "-e": request.last}.items():
        if value is not None:
            words += [name, str(value)]
    words += ["-sound", "ON", "-close", "DO_NOT_SAVE_CHANGES", "-v", "ERRORS_AND_PROGRESS"]
    return [*words, "-continueOnMissingFootage"] if request.continue_on_missing else words


def frames_of(timecode: str, rate: Rate) -> int | None:
    """A timecode as whole frames; drop-frame where it has semicolons (SMPTE ST 12-1). None for what is no timecode."""
    parts = re.split(r"[:;.]", timecode)
    if len(parts) != 4 or not all(part.isdigit() for part in parts):
        return None
    hours, minutes, seconds, frame = map(int, parts)
    base = round(float(rate))
    frames = ((hours * 60 + minutes) * 60 + seconds) * base + frame
    if ";" not in timecode or rate.den == 1:
        return frames
    dropped = base // 15  # 2 numbers a minute at 29.97, 4 at 59.94, none in every tenth minute
    whole = hours * 60 + minutes
    return frames - dropped * (whole - whole // 10)


def failure(reading: Reading, returncode: int, composition: str) -> FlatRenderError | None:
    """The error behind the lines and the exit status; None when neither tells of one."""
    log = reading.log
    match reading.problem:
        case "composition":
            return NotFound(
                f"The project has no composition “{composition}”; check the name.", code="missing-composition", log=log
            )
        case "damaged":
            return BadFile("After Effects says that the project is damaged; save it again.", code="damaged", log=log)
        case "busy":
            return Unavailable(
                "Another instance of aerender is running on this node; it is tried again.", code="ae-busy", log=log
            )
        case "full":
            return NoSpace("There is no space left where After Effects writes; free some.", log=log)
    if returncode == 0 and reading.problem is None:
        return None
    said = reading.said or last_words(reading.tail)
    how = f"was ended by signal {-returncode}" if returncode < 0 else f"ended with status {returncode}"
    if returncode in {1, 2} and not reading.said:
        how += " (application error)" if returncode == 1 else " (wrong command line)"
    return ProcessFailed(
        f"After Effects {how}{': ' + said if said else ''}.", code="ae-failed", log=log, returncode=returncode
    )


def last_words(lines: Sequence[str]) -> str:
    """The last line that is not progress."""
    words = [line for line in lines if not _FRAME.match(line)]
    return words[-1].rstrip(".")[:300] if words else ""
