"""A nexrender document as clients send it: what is taken, and what would run a program."""

from typing import Any

import pytest

from flatrender.core.errors import InvalidInput
from flatrender.renders.manager.configuration import Order, read

ROOT = r"C:\Users\render\Dropbox"
TEXT = {"type": "data", "layerName": "title", "property": "Source Text", "value": "Hi"}


def config(*assets: Any, **template: Any) -> dict[str, Any]:
    return {"template": {"composition": "Film", **template}, "assets": list(assets)}


def test_a_whole_document() -> None:
    logo = {"type": "image", "layerIndex": 2, "src": "file:///C:/Users/render/Dropbox/Logos/a%20b.png"}
    order = read(
        config(
            TEXT,
            logo,
            src="file:///C:/whatever.aep",
            frameStart=3,
            frameEnd=9,
            outputModule="H.264 – 15 Mbps",
            outputExt=".MP4",
            continueOnMissing=True,
        ),
        ROOT,
    )
    assert (order.composition, order.first, order.last, order.extension) == ("Film", 3, 9, "mp4")
    assert order.output_module == "H.264 – 15 Mbps"
    assert order.assets == (TEXT, {"type": "image", "layerIndex": 2, "path": ["Logos", "a b.png"]})
    assert order.files == (("Logos", "a b.png"),)
    assert Order.from_dict(order.to_dict()) == order


def test_the_template_alone_is_a_document_too() -> None:
    assert read({"composition": "Mum's “Film”"}, ROOT).composition == "Mum's “Film”"


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({}, "template.composition"),
        ({"template": []}, "template"),
        ({"template": {"composition": 3}}, "template.composition"),
        ({"template": {"composition": "a\nb"}}, "template.composition"),
        (config(script="x"), "template.script"),
        (config(imageSequence=True), "template.imageSequence"),
        (config(frameIncrement=2), "template.frameIncrement"),
        (config(frameStart=-1), "template.frameStart"),
        (config(frameStart=True), "template.frameStart"),
        (config(frameStart=5, frameEnd=4), "template.frameEnd"),
        (config(outputExt="exe"), "template.outputExt"),
        ({**config(), "actions": {"postrender": [{"module": "child_process"}]}}, "actions"),
        ({**config(), "assets": {}}, "assets"),
        (config(*[TEXT] * 10_000), "assets"),
        (config("x"), "assets.0"),
        (config({"type": "script", "src": "file:///C:/x.jsx"}), "assets.0.type"),
        (config({**TEXT, "expression": "$.evalFile('/x')"}), "assets.0.expression"),
        (config({**TEXT, "value": ["app.quit()"]}), "assets.0.value"),
        (config({**TEXT, "value": {"a": 1}}), "assets.0.value"),
        (config({**TEXT, "value": "x" * 20_000}), "assets.0.value"),
        (config({**TEXT, "layerName": 'x"); app.quit(); ("'}), "assets.0.layerName"),
        (config({**TEXT, "property": "a\\b"}), "assets.0.property"),
        (config({key: value for key, value in TEXT.items() if key != "layerName"}), "assets.0"),
        (config({"type": "image", "layerName": "a", "src": "https://example.com/a.png"}), "assets.0.src"),
        (config({"type": "image", "layerName": "a", "src": "file://server/share/a.png"}), "assets.0.src"),
        (config({"type": "image", "layerName": "a", "src": "file://[/a.png"}), "assets.0.src"),
        (config({"type": "image", "layerName": "a", "src": r"C:\Windows\a.png"}), "assets.0.src"),
        (config({"type": "image", "layerName": "a", "src": "file:///C:/Users/render/Dropbox/%2e%2e"}), "assets.0.src"),
        (config({"type": "image", "layerName": "a"}), "assets.0.src"),
    ],
)  # fmt: skip
def test_what_is_refused(document: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(document, ROOT)
    assert caught.value.field == f"nexrenderConfig.{field}"


@pytest.mark.parametrize("value", ["two\nlines", 3, 2.5, True, [1, 0.5, 0]])
def test_values_are_texts_and_numbers(value: Any) -> None:
    assert read(config({**TEXT, "value": value}), ROOT).assets[0]["value"] == value
