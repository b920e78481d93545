"""Projects made by the tests themselves with py_aep: small, and holding just what a test asks about."""

from pathlib import Path
from typing import Any

import py_aep
from PIL import Image
from py_aep import ImportOptions, Shape

SHARED_COLOR = (
    'var c = comp("frshare").layer("{0}").text.sourceText.split(",");\n[c[0] / 255, c[1] / 255, c[2] / 255, 1]'
)


class Author:
    """A new project; `save` writes it. Layers stack as they are made, the last on top."""

    def __init__(self) -> None:
        self.project = py_aep.new("26.0x67", platform="windows").project

    def comp(self, name: str, size: tuple[int, int] = (400, 300), seconds: float = 2.0, rate: float = 30.0) -> Any:
        return self.project.root_folder.add_comp(name, size[0], size[1], 1.0, seconds, rate)

    def text(self, comp: Any, name: str, words: str, *, hidden: bool = False) -> Any:
        layer = comp.add_text(words)
        layer.name = name
        layer.enabled = not hidden
        return layer

    def box(self, comp: Any, name: str, color: tuple[float, float, float] = (1, 0, 0), size: float = 100) -> Any:
        """A shape layer with one filled square; returns the layer."""
        layer = comp.add_shape()
        layer.name = name
        group = layer["ADBE Root Vectors Group"].add_property("ADBE Vector Group")["ADBE Vectors Group"]
        rectangle = group.add_property("ADBE Vector Shape - Rect")
        rectangle["ADBE Vector Rect Size"].value = [float(size), float(size)]
        fill = group.add_property("ADBE Vector Graphic - Fill")
        fill["ADBE Vector Fill Color"].value = [*map(float, color), 1.0]
        return layer

    def picture(self, comp: Any, name: str, path: Path, size: tuple[int, int] = (80, 60), color: str = "red") -> Any:
        """An image layer; the picture is written to `path`."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            Image.new("RGB", size, color).save(path)
        layer = comp.add(self.project.import_file(ImportOptions(path)))
        layer.name = name
        return layer

    def mask(self, layer: Any, corners: list[list[float]]) -> Any:
        mask = layer["ADBE Mask Parade"].add_property("ADBE Mask Atom")
        mask["ADBE Mask Shape"].value = Shape(corners)
        return mask

    def save(self, path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.project.save(path)
        return path


def fill_of(layer: Any) -> Any:
    """The fill of a layer that `Author.box` made."""
    group = layer["ADBE Root Vectors Group"][0]["ADBE Vectors Group"]
    return group["ADBE Vector Graphic - Fill"]


def keyed(prop: Any, *keys: tuple[float, Any]) -> None:
    for time, value in keys:
        prop.set_value_at_time(time, value)


def template(folder: Path) -> Path:
    """A small template of the convention in its folder: shared colour, texts, picture, toggle; returns the .aep."""
    author = Author()
    share = author.comp("frshare")
    author.text(share, "accent", "10,20,30,255", hidden=True)
    author.text(share, "frd_style", "3", hidden=True)
    inner = author.comp("Intro")
    author.picture(inner, "frl_photo", folder / "images" / "photo.png")
    bar = author.box(inner, "bar")
    fill_of(bar)["ADBE Vector Fill Color"].expression = SHARED_COLOR.format("accent")
    bar.transform[
        "ADBE Opacity"
    ].expression = 'parseInt(thisComp.layer("frd_show_bar").text.sourceText) == 1 ? value : 0'
    keyed(bar.transform["ADBE Opacity"], (0.0, 0.0), (0.5, 100.0))
    author.text(inner, "frl_title", "Hello")
    author.text(inner, "frd_dtitle", "0", hidden=True)
    author.text(inner, "frd_show_bar", "1", hidden=True)
    final = author.comp("flatrender")
    final.add(inner)
    return author.save(folder / "template.aep")
