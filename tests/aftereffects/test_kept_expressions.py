"""Typing into one text runs no expression that does not depend on it; what does depend is evaluated anew."""

from pathlib import Path
from typing import Any

import py_aep
import pytest

from flatrender.aftereffects.project import Project, open_project

RATE = 10


class Counted:
    """A project whose expression runs are counted."""

    def __init__(self, path: Path) -> None:
        self.project: Project = open_project(path)
        self.runs = 0
        run = self.project._sandbox.run

        def counted(*arguments: Any) -> Any:
            self.runs += 1
            return run(*arguments)

        self.project._sandbox.run = counted  # type: ignore[method-assign]
        (self.composition,) = self.project.report().compositions
        self.address = {layer.name: f"{self.composition.id}/{layer.id}" for layer in self.composition.layers}

    def bake(self, name: str, text: str, **others: str) -> dict[str, Any]:
        """The layers that come back, by name."""
        values = {self.address[other]: said(value) for other, value in others.items()}
        patches = self.project.bake(self.composition.id, self.address[name], said(text), values)
        return {patch["layer"]["nm"]: patch["layer"] for patch in patches if "layer" in patch}


def said(text: str) -> dict[str, Any]:
    return {"kind": "text", "text": text, "direction": "auto"}


@pytest.fixture
def counted(tmp_path: Path) -> Counted:
    """ "title" moves in opacity as long as "switch" says 1; "echo" says what "title" says."""
    made = py_aep.new("26.0x67", platform="windows").project
    comp = made.root_folder.add_comp("Card", 160, 90, 1.0, 2.0, RATE)
    layers = {}
    for name, words in (("switch", "1"), ("title", "Hello"), ("echo", "…")):
        layer = comp.add_text(words)
        layer.name = name
        layers[name] = layer
    opacity = layers["title"].transform.property("ADBE Opacity")
    for time, value in ((0.0, 0.0), (1.0, 100.0)):
        opacity.set_value_at_time(time, value)
    opacity.expression = 'parseInt(thisComp.layer("switch").text.sourceText) == 1 ? value : 0'
    echo = layers["echo"].property("ADBE Text Properties").property("ADBE Text Document")
    echo.expression = 'thisComp.layer("title").text.sourceText'
    made.save(tmp_path / "card.aep")
    return Counted(tmp_path / "card.aep")


def test_typing_runs_only_what_reads_the_text(counted: Counted) -> None:
    counted.bake("title", "one")
    counted.runs = 0
    layers = counted.bake("title", "two")
    assert set(layers) == {"title", "echo"}
    assert layers["title"]["ks"]["o"]["a"] == 1
    assert counted.runs <= 2  # the echo's, not one for each frame of the opacity


def test_a_value_that_was_read_is_evaluated_anew(counted: Counted) -> None:
    assert counted.bake("title", "one")["title"]["ks"]["o"]["a"] == 1
    off = counted.bake("title", "one", switch="0")["title"]["ks"]["o"]
    assert (off["a"], off["k"]) == (0, 0)
    assert counted.bake("title", "one")["title"]["ks"]["o"]["a"] == 1
    assert "title" in counted.bake("switch", "0")
    assert counted.bake("switch", "0")["title"]["ks"]["o"]["a"] == 0


def test_what_follows_a_text_follows_every_change(counted: Counted) -> None:
    shapes = [counted.bake("title", text)["echo"]["shapes"] for text in ("i", "iii", "i")]
    assert shapes[0] == shapes[2]
    assert shapes[0] != shapes[1]
