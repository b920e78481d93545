"""Expressions that mean harm: each is stopped, says why, keeps its value, and harms neither the next nor a command."""

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from flatrender.aftereffects.expressions import evaluate, worlds
from flatrender.aftereffects.expressions.sandbox import ExpressionFailed, Place, Sandbox, TooSlow
from flatrender.aftereffects.lottie.document import write_document
from flatrender.aftereffects.project import open_project
from flatrender.commands import components, main
from flatrender.core.errors import TooLarge, Unavailable
from tests.aftereffects.authored import Author
from tests.aftereffects.expressions.stage import Stage

HERE = Place(1, "1/2", "0.0")


def run(source: str, sandbox: Sandbox | None = None) -> Any:
    return (sandbox or Sandbox()).run(source, HERE, [0.0], lambda question: {"fixed": True, "value": 5})[0].value


LETTERS = "'a'.repeat(42) + '!'"
PATTERN = "'a|'.repeat(5e5)"


@pytest.mark.parametrize(
    "source",
    [
        f"/(a+)+$/.test({LETTERS})",
        f"/(a|aa)+$/.exec({LETTERS})",
        f"({LETTERS}).match(/(a|a)*$/)",
        f"({LETTERS}).search(/([a-z]+)*$/)",
        f"({LETTERS}).replace(/(a*)*$/g, 'b')",
        f"({LETTERS}).split(/(a+)+$/)",
        f"new RegExp('^(?:a+)+' + '$').test({LETTERS})",
        "new Array(2 ** 32 - 1).join('')",
        "`${new Array(2 ** 32 - 1)}`",
        "[].concat(new Array(2 ** 32 - 1))",
        "[new Array(2 ** 32 - 1)].flat()",
        "Array.prototype.sort.call({ length: 2 ** 53 - 1 })",
        "Array.prototype.slice.call({ length: 2 ** 32 - 1 })",
        "String.raw({ raw: { length: 2 ** 53 - 1 } })",
        "JSON.stringify(1, new Array(2 ** 32 - 1))",
        "'a'.repeat(1e7).split('a'.repeat(5e6) + 'b')",
        "Object.keys(new Proxy([], {}))",
        f"new RegExp({PATTERN})",
        f"RegExp({PATTERN})",
        f"'a'.match({PATTERN})",
        f"'a'.matchAll({PATTERN})",
        f"'a'.search({{ toString() {{ return {PATTERN} }} }})",
        f"/a/.compile({PATTERN})",
        f"new (/a/.constructor)({PATTERN})",
        f"new (class Mine extends RegExp {{}})({PATTERN})",
        f"new (Object.getPrototypeOf(class Mine extends RegExp {{}}))({PATTERN})",
    ],
)
def test_what_the_engine_would_do_for_ever_is_stopped(source: str) -> None:
    """The engine itself is at work: no line of the expression is run meanwhile."""
    with pytest.raises(
        ExpressionFailed, match=r"ran longer|elements for|letters for|is for arrays|too much text|not defined"
    ) as failed:
        run(f"var one = 1;\n{source} ? 1 : 2")
    assert failed.value.line == 2


@pytest.mark.parametrize(
    "source",
    [
        "var a = 'a'.repeat(1.5e7), b = 'a'.repeat(1.5e7); for (;;) a === b",
        "var a = 'a'.repeat(2e7); for (;;) a.indexOf('b')",
        "var a = 'é'.repeat(1e6); for (;;) a.toUpperCase()",
        "for (;;) new Uint8Array(2e7).fill(1)",
        "var a = (1n << 1040000n) - 1n; a.toString().length",
        f"eval('/' + {PATTERN} + '/') ? 1 : 2",
        "var o = {}; for (var i = 0; i < 2e5; i++) o['k' + i] = i; for (;;) ({ ...o })",
    ],
)
def test_what_the_engine_does_without_a_look_at_its_limit_is_killed(source: str) -> None:
    """Each of these ran for 4 to 60 s: the engine looks at its limit once in ten thousand turns."""
    sandbox = Sandbox()
    with pytest.raises(TooSlow, match="ran longer"):
        run(source, sandbox)
    assert sandbox._world is not None
    assert not sandbox._world.alive
    assert run("1 + 1", sandbox) == 2


@pytest.mark.parametrize(
    "source",
    [
        "var a = []; for (var i = 0; i < 1e5; i++) a = [a]; JSON.stringify(a)",
        "eval('['.repeat(1e6))",
        "eval('{'.repeat(1e5) + '}'.repeat(1e5))",
        "new RegExp('(?:'.repeat(6000) + ')'.repeat(6000))",
        "JSON.parse('['.repeat(1e6))",
        "new Array(2e5).fill('x'.repeat(200))",
        "Atomics.wait(new Int32Array(new SharedArrayBuffer(8)), 0, 0)",
        "new ArrayBuffer(1e9)",
        "(async function () { for (;;) await 1 })()",
        "Error.prepareStackTrace = function () { throw 5 }; null.x",
        "Object.defineProperty(globalThis, 'x', { get() { for (;;); }, enumerable: true }); 5",
        "throw { get message() { throw null } }",
    ],
)
def test_what_is_too_deep_or_too_large_or_odd_ends_too(source: str) -> None:
    sandbox = Sandbox()
    with suppress(ExpressionFailed):
        run(source, sandbox)
    assert run("1 + 1", sandbox) == 2


@pytest.mark.parametrize(
    ("harm", "asks", "answer"),
    [
        ("left = 5; 1", "typeof left", "undefined"),
        ("this.left = 5; 1", "typeof left", "undefined"),
        ("Array.prototype.map = null; 1", "[1].map(a => a + 1)[0]", 2),
        ("Array.prototype.map = null; nothing", "[1].map(a => a + 1)[0]", 2),
        ("delete String.prototype.split; 1", "'a,b'.split(',').length", 2),
        ("''.__proto__.split = null; 1", "'a,b'.split(',').length", 2),
        ("Math.sqrt = null; 1", "Math.sqrt(4)", 2),
        ("JSON.stringify = () => '[]'; 1", "[1, 2].length", 2),
        ("Object.defineProperty(Object.prototype, 'x', { value: 1 }); 1", "typeof ({}).x", "undefined"),
        ("__engine = null; 1", "1 + 1", 2),
        ("__engine.run = null; 1", "1 + 1", 2),
        ('try { __engine.put(\'[["before|1/2|0.0", {"fixed": true, "value": 9}]]\') } catch (e) {}; 1', "value", 5),
    ],
)
def test_an_expression_leaves_nothing_to_the_next(harm: str, asks: str, answer: Any) -> None:
    sandbox = Sandbox()
    with suppress(ExpressionFailed):
        run(harm, sandbox)
    assert run(asks, sandbox) == answer


@pytest.mark.parametrize(
    "forged",
    [
        '[{"ask": "about|99"}]',
        '[{"ask": "about|none"}]',
        '[{"ask": "layer|1"}]',
        '[{"ask": "inverted|1/46|9"}]',
        '[{"error": "a", "line": []}]',
        '[{"error": "a"}]',
        '[{"value": 1}]',
        '[{"value": 1, "timed": 1, "read": 5}]',
        "[5]",
        "5",
        "[" * 5000,
    ],
)
def test_forged_answers_are_refused(forged: str) -> None:
    stage = Stage("box.opacity", f"Array.prototype.join = function () {{ return {forged!r} }}; 5")
    assert stage.at(0.0) == 50.0
    assert "meddles with the sandbox" in stage.said or "not understood" in stage.said


@pytest.mark.parametrize(
    ("on", "source", "reason"),
    [
        ("title.text", "({ __style: true, base: null, changes: [[1]] })", "not understood"),
        ("title.text", "({ __style: true, base: null, changes: [['text', 5, 0, -1]] })", "is no text"),
        ("title.text", "({ __style: true, base: null, changes: [['direction', {}, 0, -1]] })", "is no text"),
        (
            "title.text",
            "var s = text.sourceText.style.setText('x'.repeat(20000));"
            "for (var i = 0; i < 300; i++) s = s.setFontSize(20 + i % 2); s",
            "too many characters too often",
        ),
        ("title.text", "var a = []; for (var i = 0; i < 250; i++) a = [a]; a", "not understood|too deeply"),
        ("box.opacity", "thisComp.layer('target').transform.position.valueAtTime('x')", "not understood"),
        ("box.opacity", "thisLayer('²')", "not understood"),
        ("box.opacity", "thisLayer('9'.repeat(5000))", "not understood"),
        ("box.opacity", "thisComp.layer('title').text.sourceText.getStyleAt(1 / 0).fontSize", "not understood"),
    ],
)
def test_what_an_expression_gives_or_asks_for_may_be_anything(on: str, source: str, reason: str) -> None:
    stage = Stage(on, source)
    stage.at(0.0)
    assert any(part in stage.said for part in reason.split("|")), stage.said


def test_a_world_that_is_lost_while_answers_are_looked_up_is_made_anew() -> None:
    """All worlds of a process live in one child: one that hangs takes the others along."""
    waiting, hostile = Sandbox(), Sandbox()
    asked = []

    def answer(question: str) -> Any:
        asked.append(question)
        if len(asked) == 2:
            with pytest.raises(TooSlow):
                run("var a = (1n << 1040000n) - 1n; a.toString().length", hostile)
        return {"fixed": True, "value": 5} if question.startswith("before") else {"name": "box"}

    assert waiting.run("value + name + value", HERE, [0.0], answer)[0].value == "5box5"
    assert asked == ["before|1/2|0.0", "of|1/2"]


def test_a_child_that_somebody_ends_is_replaced() -> None:
    sandbox = Sandbox()
    assert run("1 + 1", sandbox) == 2
    assert sandbox._world is not None
    child = sandbox._world._process._child
    os.kill(child.pid, signal.SIGKILL)
    child.wait(10)
    assert run("1 + 1", sandbox) == 2


def test_expressions_that_read_slow_ones_share_the_time_of_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate, "BUDGET", 0.4)
    author = Author()
    comp = author.comp("Main")
    for number in range(8):
        author.box(comp, f"box{number}").transform["ADBE Rotate Z"].expression = "for (;;);"
    author.box(comp, "all").transform[
        "ADBE Opacity"
    ].expression = "var sum = 0; for (var i = 2; i < 10; i++) sum += thisComp.layer(i).transform.rotation; sum"
    path = author.save(tmp_path / "slow.aep")
    assert main(["snapshot", str(path), "--comp", "Main", "--frame", "0", "--out", str(tmp_path)]) == 0
    notes = [one.note for one in open_project(path).report().capabilities if one.feature == "expression"]
    assert len(notes) == 9
    assert sum("ran longer" in note for note in notes) <= 2
    assert sum("take too long together" in note for note in notes) >= 7


def test_a_snapshot_of_hostile_expressions_is_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    author = Author()
    comp = author.comp("Main", seconds=0.2)
    for number, source in enumerate(
        [
            "var a = 'a'.repeat(1.5e7), b = 'a'.repeat(1.5e7); for (;;) a === b",
            "new RegExp('a|'.repeat(5e5)) ? 1 : 2",
            "Array.prototype.join = function () { return '[{}]' }; 5",
            "1e308",
        ]
    ):
        author.box(comp, f"box{number}").transform["ADBE Rotate Z"].expression = source
    title = author.text(comp, "title", "Hello")
    title.text["ADBE Text Document"].expression = "'\\ud800\\0'.repeat(9000)"
    path = author.save(tmp_path / "hostile.aep")
    assert main(["snapshot", str(path), "--comp", "Main", "--frame", "3", "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().err
    assert (
        "Main/box0/Rotation: expression is ignored (its expression is left out, the value kept: the expression ran"
        in said
    )
    assert "line 1: more than 20000 letters for a regular expression" in said
    assert "the expression meddles with the sandbox" in said


def test_long_texts_that_change_in_each_frame_are_refused_before_any_is_laid_out(tmp_path: Path) -> None:
    author = Author()
    title = author.text(author.comp("Main"), "title", "Hello")
    title.text["ADBE Text Document"].expression = r"'\u{10f123}'.repeat(9000) + timeToFrames()"
    project = open_project(author.save(tmp_path / "long.aep"))
    scene = project.scene({})
    with pytest.raises(TooLarge, match="The texts of “Main” have more than 150,000 letters together"):
        write_document(scene, project.graph.authored[0], None)
    assert not scene.missing  # as it would be of the first


def test_the_old_engine_is_told_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package `quickjs` brings the same module, which python finds first; expressions and doctor say so."""
    (tmp_path / "_quickjs.py").write_text(
        "class JSException(Exception): pass\n"
        "class StackOverflow(Exception): pass\n"
        "class Context:\n    def eval(self, code): return 'undefined'\n"
    )
    monkeypatch.setattr(worlds, "_shared", {})
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "_quickjs", raising=False)
    with pytest.raises(Unavailable, match="Run `pip uninstall quickjs`"):
        run("1 + 1")
    found = components._quickjs()
    assert (found.name, found.state) == ("QuickJS", "missing")
    assert "pip uninstall quickjs" in found.advice
