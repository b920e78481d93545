"""Expressions in authored projects: what they give, what they may not take, and what is told of those that fail."""

from pathlib import Path
from typing import Any

import pytest

from flatrender.aftereffects.expressions.operators import overloaded
from flatrender.aftereffects.expressions.sandbox import ExpressionFailed, Place, Sandbox, TooSlow
from flatrender.aftereffects.expressions.worlds import SECONDS
from flatrender.aftereffects.graph import Animated, Layer
from flatrender.aftereffects.project import Project, open_project
from flatrender.aftereffects.scene import Scene
from tests.aftereffects.authored import SHARED_COLOR, Author, fill_of, keyed

HERE = Place(1, "1/2", "0.0")


def run(source: str, answers: dict[str, Any] | None = None, time: float = 0.0) -> Any:
    return Sandbox().run(source, HERE, [time], lambda question: (answers or {})[question])[0].value


def test_several_times_are_one_run_and_their_questions_are_answered_once() -> None:
    asked: list[str] = []

    def answer(question: str) -> Any:
        asked.append(question)
        kind, *_, last = question.split("|")
        return {"fixed": False} if kind == "before" else 10 * float(last)

    results = Sandbox().run("value + 1", HERE, [0.5, 1.0, 0.5], answer)
    assert [result.value for result in results] == [6.0, 11.0, 6.0]
    assert all(result.timed for result in results)
    assert asked == ["before|1/2|0.0", "beforeat|1/2|0.0|0.5", "beforeat|1/2|0.0|1"]


def steps(question: str) -> Any:
    """The expression's own property, [0, 10] up to 1 s, [10, 20] up to 3 s, then [0, 10] again."""
    kind, *_, last = question.split("|")
    match kind:
        case "before" | "value":
            return {"fixed": False}
        case "beforeat" | "at":
            return [10, 20] if 1 <= float(last) < 3 else [0, 10]
        case "keys":
            return [{"time": at, "value": [0, 10], "index": n} for n, at in enumerate((0.0, 1.0, 3.0), 1)]
        case _:
            layer = {"inPoint": 0.5, "outPoint": 2.5, "enabled": True, "startTime": 0.0, "stretch": 1.0}
            return {**layer, "frameDuration": 0.04, "displayStartTime": 0.0}


TIMES = [number / 4 for number in range(20)]


def test_an_expression_runs_once_for_frames_at_which_it_reads_the_same() -> None:
    """Most frames of a text's scale lie where its keyframes rest."""
    sandbox = Sandbox()
    # Names are forgotten after each run; what is hidden in what JavaScript offers counts them.
    source = "var own = value, kept = Math; kept.runs = (kept.runs || 0) + 1; own * 2"
    results = sandbox.run(overloaded(source), HERE, TIMES, steps)
    assert [result.value for result in results] == [[20, 40] if 1 <= time < 3 else [0, 20] for time in TIMES]
    assert sandbox.run("Math.runs", HERE, [0.0], steps)[0].value == 2
    sandbox.forget()
    assert sandbox.run("value", HERE, [0.0], lambda _: {"fixed": True, "value": 5})[0].value == 5


@pytest.mark.parametrize(
    "source",
    [
        "value[0] > 5 ? time : value",
        "value[0] > 5 ? valueAtTime(0) : value",
        "value + valueAtTime(time - 1)",
        "velocity",
        "posterizeTime(0.5); value",
        "loopOut('offset')",
        "wiggle(2, 3)",
        "random(10)",
        "seedRandom(1, true); value[0] > 5 ? random(10) : 3",
        "timeToFrames()",
        "active ? value : 1",
        "sourceTime()",
        "value[0] += 10; value",
        "var own = value; own[1] += 5; own[0] > 5 ? [own[1], time] : own",
    ],
)
def test_frames_together_give_what_each_gives_alone(source: str) -> None:
    sandbox, source = Sandbox(), overloaded(source)
    together = sandbox.run(source, HERE, TIMES, steps)
    for time, result in zip(TIMES, together, strict=True):
        sandbox.forget()
        assert sandbox.run(source, HERE, [time], steps) == [result]


def test_what_an_expression_writes_into_a_value_is_gone_in_the_next_run() -> None:
    answers = {"before|1/2|0.0": {"fixed": True, "value": [1, 2]}, "of|1/2": {"name": "box"}}
    assert run("value[0] += 10; name; value", answers) == [11, 2]


def test_one_time_that_fails_or_hangs_fails_the_run() -> None:
    with pytest.raises(ExpressionFailed, match="gone"):
        Sandbox().run("if (time > 1) throw new Error('gone'); 5", HERE, [0.0, 2.0], lambda _: None)
    with pytest.raises(TooSlow, match=f"longer than {SECONDS} s"):
        Sandbox().run("while (time > 1) {} 5", HERE, [0.0, 2.0], lambda _: None)


def test_what_is_too_slow_together_is_run_one_by_one(
    author: Author, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = author.box(author.comp("Main"), "box")
    opacity = box["ADBE Transform Group"]["ADBE Opacity"]
    opacity.expression = "10 + time"
    project = opened(author, tmp_path)
    plain, counts = Sandbox.run, []

    def run_slowly(sandbox: Sandbox, source: str, place: Place, times: Any, *rest: Any) -> Any:
        counts.append(len(times))
        if len(times) > 1:
            raise TooSlow("the expression ran too long")
        return plain(sandbox, source, place, times, *rest)

    monkeypatch.setattr(Sandbox, "run", run_slowly)
    scene = project.scene({})
    result = value(scene, project, "box", "ADBE Opacity")
    assert counts.count(1) > 50
    assert result.at(1.0) == pytest.approx(11.0)
    assert not scene.notes.capabilities()


@pytest.fixture
def author() -> Author:
    return Author()


def opened(author: Author, folder: Path) -> Project:
    return open_project(author.save(folder / "made.aep"))


def found(project: Project, layer_name: str, match_name: str) -> tuple[Layer, Animated]:
    for composition in project.graph.compositions.values():
        for layer in composition.layers:
            if layer.name == layer_name:
                for _, prop in layer.properties.walk():
                    if prop.match_name == match_name:
                        return layer, prop
    raise AssertionError(layer_name)


def value(scene: Scene, project: Project, layer_name: str, match_name: str) -> Animated:
    return scene.effective(*found(project, layer_name, match_name))


def test_shared_colour_drives_a_fill(author: Author, tmp_path: Path) -> None:
    share, main = author.comp("frshare"), author.comp("Main")
    author.text(share, "accent", "51,102,255,255", hidden=True)
    fill_of(author.box(main, "box"))["ADBE Vector Fill Color"].expression = SHARED_COLOR.format("accent")
    project = opened(author, tmp_path)
    fill = value(project.scene({}), project, "box", "ADBE Vector Fill Color")
    assert fill.value == pytest.approx((0.2, 0.4, 1.0, 1.0))
    assert fill.keys == ()
    address = next(f"{c.id}/{c.layers[0].id}" for c in project.graph.compositions.values() if c.name == "frshare")
    bound = project.scene({address: {"kind": "data", "text": "255,0,0,255"}})
    assert value(bound, project, "box", "ADBE Vector Fill Color").value == pytest.approx((1.0, 0.0, 0.0, 1.0))


def test_toggle_keeps_or_clears_keyframes(author: Author, tmp_path: Path) -> None:
    main = author.comp("Main")
    box = author.box(main, "box")
    keyed(box.transform["ADBE Opacity"], (0.0, 20.0), (1.0, 80.0))
    box.transform["ADBE Opacity"].expression = 'parseInt(thisComp.layer("frd_on").text.sourceText) == 1 ? value : 0'
    author.text(main, "frd_on", "1", hidden=True)
    project = opened(author, tmp_path)
    kept = value(project.scene({}), project, "box", "ADBE Opacity")
    assert [(key.time, key.value) for key in kept.keys] == [(0.0, 20.0), (1.0, 80.0)]  # the very keyframes, not frames
    composition = next(iter(project.graph.compositions.values()))
    address = f"{composition.id}/{next(layer.id for layer in composition.layers if layer.name == 'frd_on')}"
    off = value(project.scene({address: {"kind": "data", "text": "0"}}), project, "box", "ADBE Opacity")
    assert (off.value, off.keys) == (0.0, ())


def test_controls_links_and_array_arithmetic(author: Author, tmp_path: Path) -> None:
    main = author.comp("Main")
    control = author.box(main, "control")
    slider = control["ADBE Effect Parade"].add_property("ADBE Slider Control")
    slider.name = "Amount"
    slider["ADBE Slider Control-0001"].value = 25.0
    box = author.box(main, "box")
    box.transform[
        "ADBE Position"
    ].expression = 'var s = thisComp.layer("control").effect("Amount")("Slider"); value + [s, s * 2]'
    box.transform["ADBE Rotate Z"].expression = "time * 90"
    project = opened(author, tmp_path)
    scene = project.scene({})
    before = found(project, "box", "ADBE Position")[1].value
    assert isinstance(before, tuple)
    moved = value(scene, project, "box", "ADBE Position").value
    assert moved == pytest.approx((before[0] + 25, before[1] + 50, 0))
    turning = value(scene, project, "box", "ADBE Rotate Z")
    assert [(key.time, key.value) for key in turning.keys] == [(0.0, 0.0), (2.0, 180.0)]


def test_loops_repeat_keyframes(author: Author, tmp_path: Path) -> None:
    box = author.box(author.comp("Main"), "box")
    keyed(box.transform["ADBE Rotate Z"], (0.0, 0.0), (0.5, 10.0))
    box.transform["ADBE Rotate Z"].expression = 'loopOut("pingpong")'
    project = opened(author, tmp_path)
    turning = value(project.scene({}), project, "box", "ADBE Rotate Z")
    assert turning.at(0.5) == pytest.approx(10.0)
    assert turning.at(0.8) == pytest.approx(4.0)
    assert turning.at(1.0) == pytest.approx(0.0)


def test_texts_are_strings(author: Author, tmp_path: Path) -> None:
    main = author.comp("Main")
    author.text(main, "source", "ready")
    echo = author.text(main, "echo", "old")
    echo.text["ADBE Text Document"].expression = 'thisComp.layer("source").text.sourceText.toUpperCase() + "!"'
    project = opened(author, tmp_path)
    assert value(project.scene({}), project, "echo", "ADBE Text Document").value.text == "READY!"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("while (true) {}", "ran longer"),
        ("var a = []; while (true) a.push('x'.repeat(1000000 + a.length))", "memory"),
        ("(function f() { return f() + 1 })()", "deep"),
        ("nonsense(", "expect"),
        ('thisComp.layer("nobody").transform.opacity', "no layer “nobody”"),
        ('thisComp.layer("box").sampleImage([0, 0])', "not supported"),
        ('try { thisComp.layer("box").sampleImage([0, 0]) } catch (e) { 5 }', "not supported"),
        ('"blue"', "line 1: it gives a text, 'blue', where a number belongs"),
        ("[1, 2, 3]", "line 1: it gives 3 numbers where one belongs"),
        ("var a = 0;\n\na / a", "line 3: it gives no number"),
        ("1;\nvar s = 'a'.repeat(42) + '!';\n/(a+)+$/.test(s) ? 1 : 2", "line 3: the expression ran longer"),
        ("var a = 1;\nvar b = a + c;\nb", "line 2: c is not defined"),
    ],
)
def test_failures_keep_the_value_and_are_told(author: Author, tmp_path: Path, source: str, reason: str) -> None:
    box = author.box(author.comp("Main"), "box")
    box.transform["ADBE Rotate Z"].value = 33.0
    box.transform["ADBE Rotate Z"].expression = source
    project = opened(author, tmp_path)
    assert value(project.scene({}), project, "box", "ADBE Rotate Z").value == 33.0
    told = [one for one in project.report().capabilities if one.feature == "expression"]
    assert [(one.layer, one.property, one.status) for one in told] == [("box", "Rotation", "ignored")]
    assert reason in told[0].note.lower() or reason in told[0].note


def test_expressions_in_a_circle_are_told(author: Author, tmp_path: Path) -> None:
    box = author.box(author.comp("Main"), "box")
    box.transform["ADBE Rotate Z"].expression = "transform.opacity + 1"
    box.transform["ADBE Opacity"].expression = "transform.rotation + 1"
    project = opened(author, tmp_path)
    scene = project.scene({})
    assert value(scene, project, "box", "ADBE Rotate Z").value == 101.0
    assert "depends on itself" in scene.notes.capabilities()[0].note


def test_a_broken_expression_does_not_harm_the_next(author: Author, tmp_path: Path) -> None:
    main = author.comp("Main")
    bad, good = author.box(main, "bad"), author.box(main, "good")
    bad.transform["ADBE Rotate Z"].expression = "while (true) {}"
    good.transform["ADBE Rotate Z"].expression = "1 + 2"
    project = opened(author, tmp_path)
    scene = project.scene({})
    assert value(scene, project, "bad", "ADBE Rotate Z").value == 0.0
    assert value(scene, project, "good", "ADBE Rotate Z").value == 3.0


@pytest.mark.parametrize(
    ("source", "line", "reason"),
    [
        ("1;\nfor (;;) {}", 2, "ran longer"),
        ("function f() {\n  while (true) {}\n}\nf()", 2, "ran longer"),
        ("for (var i = 0; i < 2; i++) {}\nfor (;;) {}", 0, "ran longer"),
        ("1;\n(function f() {\n  return f() + 1 })()", 3, "too deeply"),
        ("1;\nthisNothing.go()", 2, "thisNothing is not defined"),
        ("var a = {};\n1 + a.go(2)", 2, "“a.go” is not a function"),
        ("[1].map(5)", 1, "what “map” is given is not a function"),
        ("1;\nvar a = '(';\nnew RegExp(a)", 3, "expecting"),
        ("1;\nthisLayer.sampleImage([0, 0])", 2, "not supported yet"),
        ("1;\n'a'.repeat(4e7).split('')", 0, "too much memory"),
    ],
)
def test_a_failure_says_where_and_what(source: str, line: int, reason: str) -> None:
    with pytest.raises(ExpressionFailed, match=reason) as failed:
        run(overloaded(source), {"comp|Main": 1})
    assert failed.value.line == line


def test_arrays_and_texts_do_in_the_sandbox_what_they_do_elsewhere() -> None:
    assert run("[1, [2, [3]]].flat().length + [[1]].flatMap(a => a)[0]") == 4
    assert run("[3, 1].concat([2], 5).sort().reverse().join('-')") == "5-3-2-1"
    assert run("(function () { return Array.prototype.slice.call(arguments, 1).join() })(1, 2, 3)") == "2,3"
    assert run("'a,b;c'.split(/[,;]/).length + 'aXbX'.split('X', 1).length") == 4
    assert run("'abca'.replace('a', m => m + '!') + 'abca'.replaceAll('a', '') + 'abca'.lastIndexOf('a')") == "a!bcabc3"
    assert run("String.raw`a\\n${1 + 1}b` + JSON.stringify({ a: 1, b: 2 }, ['b'])") == 'a\\n2b{"b":2}'
    assert run("[5, 6, 7].splice(1, 1)[0] + [1, 2].shift() + String([1, 2])") == "71,2"


def test_the_sandbox_holds_nothing_of_the_machine() -> None:
    for name in ("require", "process", "std", "os", "fetch", "XMLHttpRequest", "importScripts", "print"):
        assert run(f"typeof {name}") == "undefined", name


def test_a_caught_question_is_still_asked() -> None:
    assert (
        run('try { comp("Other").name } catch (e) { "lost" }', {"comp|Other": 7, "about|7": {"name": "Other"}})
        == "Other"
    )


def test_answers_may_be_awkward_texts() -> None:
    awkward = 'a "quote" \\ and \u2028 a line'
    assert run('comp("x").name', {"comp|x": 1, "about|1": {"name": awkward}}) == awkward


def test_helpers() -> None:
    assert run("linear(0.5, 0, 1, 10, 20)") == 15
    assert run("ease(2, 0, 1, [0, 0], [4, 8])") == [4, 8]
    assert run("clamp([5, -5], 0, 3)") == [3, 0]
    assert run("length([3, 4])") == 5
    assert run("hslToRgb(rgbToHsl([0.2, 0.4, 0.6, 1]))") == pytest.approx([0.2, 0.4, 0.6, 1])
    assert run(overloaded("var a = [1, 2]; a += [3, 4]; -a * 2 / 4 - [1, 1]")) == [-3, -4]
    assert run('if (true) { "yes" } else { "no" }') == "yes"


def test_too_long_is_refused() -> None:
    with pytest.raises(ExpressionFailed, match="too long"):
        run("1 + " * 10_000 + "1")


def test_the_budget_is_of_the_processor_and_counts_a_run_once(
    author: Author, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A busy machine leaves no expression out that a quiet one evaluates."""
    author.box(author.comp("Main"), "box").transform["ADBE Rotate Z"].expression = "12"
    project = opened(author, tmp_path)
    monkeypatch.setattr("flatrender.aftereffects.expressions.evaluate.clock.thread_time", lambda: 0.0)
    sandbox = Sandbox()
    scene = Scene(project.graph, {}, project.fonts, project.files, sandbox=sandbox)
    assert value(scene, project, "box", "ADBE Rotate Z").value == 12
    assert 0 < scene.evaluator._spent == sandbox.spent
