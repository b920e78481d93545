"""A customer's values written into a copy of the project file, for After Effects' own renderer or as a download."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import py_aep
from py_aep import (
    AVLayer,
    CompItem,
    FootageItem,
    ImportOptions,
    ParagraphDirection,
    Property,
    SolidSource,
    TextDocument,
)

from flatrender.aftereffects.bundle import Bundle
from flatrender.aftereffects.graph import layer_part, property_part
from flatrender.aftereffects.lottie.images import fitted_picture
from flatrender.aftereffects.parsing import parse
from flatrender.aftereffects.reading_controls import property_at
from flatrender.aftereffects.reading_text import read_text
from flatrender.aftereffects.text import default_library
from flatrender.aftereffects.values import (
    ColorValue,
    DataValue,
    ImageValue,
    NumberValue,
    PointValue,
    TextValue,
    Value,
    VisibleValue,
    resized,
)
from flatrender.core.errors import BadFile, Conflict, InvalidInput, NotFound

PICTURES = "(Footage)"  # the folder that After Effects' "Collect Files" makes


def save_bound(bundle: Bundle, values: Mapping[str, Value], out: Path) -> tuple[str, ...]:
    """Writes the project with the values to `out`; replaced pictures go into a folder "(Footage)" beside it. Returns a
    sentence for each value that could not be written as a whole, or that After Effects will not show.

    The project is parsed anew, so that the one held in memory stays as it is. Nobody has opened the result in After
    Effects yet; py_aep reads it back.

    Raises:
        Conflict: `out` is there already; nothing is ever overwritten.
        NotFound: an address is not in the project, or the folder cannot be written.
        BadFile: the project refuses a value.
    """
    if out.exists():
        raise Conflict(f"{out} is there already; choose another name.")
    if out.suffix.lower() != ".aep":
        raise InvalidInput(f"{out.name} should end in .aep.", field="out")
    application = parse(bundle.project)
    writer = _Writer(application.project, out)
    try:
        for address, value in values.items():
            writer.write(address, value)
        application.project.save(out)
    except (PermissionError, FileNotFoundError, NotADirectoryError) as error:
        raise NotFound(f"{out} cannot be written ({error.strerror}); choose another folder.") from error
    except (ValueError, AttributeError, TypeError, KeyError, NotImplementedError) as error:
        writer.undo()
        raise BadFile(f"{bundle.name} does not take a value ({str(error)[:160]}).") from error
    return tuple(dict.fromkeys(writer.notes))


class _Writer:
    def __init__(self, project: py_aep.Project, out: Path) -> None:
        self._project = project
        self._out = out
        self._pictures: list[Path] = []
        self.notes: list[str] = []

    def write(self, address: str, value: Value) -> None:
        comp_id, _, layer_id = layer_part(address).partition("/")
        item = self._project.items.get(int(comp_id)) if comp_id.isdigit() else None
        layer = item.layers_by_id.get(int(layer_id)) if isinstance(item, CompItem) and layer_id.isdigit() else None
        if layer is None:
            raise NotFound(f"The project has no layer at {address}.")
        if path := property_part(address):
            self._property(layer, path, value)
            return
        match value:
            case TextValue() | DataValue():
                self._text(layer, value)
            case ColorValue():
                self._color(cast(AVLayer, layer), value)
            case VisibleValue():
                layer.enabled = value.value
            case ImageValue():
                self._image(cast(AVLayer, layer), value)
            case NumberValue() | PointValue():
                raise NotFound(f"The layer “{layer.name}” takes no number.")

    def undo(self) -> None:
        """Removes the pictures of a project that was not written."""
        for path in self._pictures:
            path.unlink(missing_ok=True)

    def _property(self, layer: py_aep.Layer, path: str, value: Value) -> None:
        """A slider, colour, point … of an effect, or another property; one with keyframes holds the value at each."""
        prop = property_at(layer, path)
        if prop is None:
            raise NotFound(f"The layer “{layer.name}” has no property at {path}.")
        self._driven(layer, prop, prop.name or "a property")
        if len(prop.keyframes) > 1:
            self.notes.append(f"{prop.name} of “{layer.name}” moved; it stands at the new value now.")
        for holder in prop.keyframes or (prop,):
            new = _written(holder.value, value)
            if new is None:
                raise NotFound(f"{prop.name} of the layer “{layer.name}” takes another kind of value.")
            cast(Any, holder).value = new

    def _driven(self, layer: py_aep.Layer, prop: Property, name: str) -> None:
        if prop.expression and prop.expression_enabled:
            self.notes.append(
                f"{name} of “{layer.name}” is driven by an expression; After Effects shows what that says."
            )

    def _documents(self, layer: py_aep.Layer) -> list[TextDocument]:
        if layer.text is None:
            raise NotFound(f"The layer “{layer.name}” has no text.")
        source = cast(Property, layer.text["ADBE Text Document"])
        self._driven(layer, source, "The text")
        found: list[Any] = [key.value for key in source.keyframes] or [source.value]
        return [document for document in found if isinstance(document, TextDocument)]

    def _text(self, layer: py_aep.Layer, value: TextValue | DataValue) -> None:
        documents = self._documents(layer)
        if len({document.text for document in documents}) > 1:
            self.notes.append(f"“{layer.name}” changed its text; it keeps the new one now.")
        for document in documents:
            if (styles := len({run.style for run in read_text(document).runs})) > 1:
                self.notes.append(f"“{layer.name}” had {styles} styles; all of its text has the first one now.")
            factor = _factor(document, value)
            document.text = value.text.replace("\n", "\r")
            if isinstance(value, TextValue) and value.font is not None:
                document.font = value.font
            if factor != 1 and document.font_size:
                document.font_size *= factor
                if document.leading and not document.auto_leading:
                    document.leading *= factor
            if isinstance(value, TextValue) and value.direction != "auto":
                rtl = value.direction == "rtl"
                document.direction = (
                    ParagraphDirection.DIRECTION_RIGHT_TO_LEFT if rtl else ParagraphDirection.DIRECTION_LEFT_TO_RIGHT
                )

    def _color(self, layer: AVLayer, value: ColorValue) -> None:
        rgb = [float(part) for part in value.rgba[:3]]
        if value.rgba[3] < 1:
            self.notes.append(f"The colour of “{layer.name}” is written without its transparency.")
        if layer.text is not None:
            for document in self._documents(layer):
                document.fill_color = rgb
            return
        item = layer.source
        if not isinstance(item, FootageItem) or not isinstance(item.main_source, SolidSource):
            raise NotFound(f"The layer “{layer.name}” is no solid.")
        if self._uses(item) == 1:
            item.main_source.color = rgb
            return
        composition = layer.containing_comp
        spare = composition.add_solid(rgb, item.name, int(item.width), int(item.height), float(item.pixel_aspect))
        layer.replace_source(cast(Any, spare.source))
        spare.remove()

    def _image(self, layer: AVLayer, value: ImageValue) -> None:
        item = layer.source
        if not isinstance(item, FootageItem):
            raise NotFound(f"The layer “{layer.name}” shows no picture.")
        path = self._place(value, int(item.width), int(item.height))
        if self._uses(item) == 1:
            item.replace(path)
        else:
            layer.replace_source(cast(FootageItem, self._project.import_file(ImportOptions(path))))

    def _place(self, value: ImageValue, width: int, height: int) -> Path:
        """The picture in exactly the old one's size: After Effects does not fit what it replaces."""
        from PIL import Image

        folder = self._out.parent / PICTURES
        folder.mkdir(parents=True, exist_ok=True)
        picture = fitted_picture(value.path, width, height, value.fit, value.focus, value.crop)
        opaque = picture.mode != "RGBA" or picture.getchannel("A").getextrema() == (255, 255)
        name = f"{self._out.stem} {value.path.stem}"
        path = _free(folder / f"{name}{'.jpg' if opaque else '.png'}")
        exact = picture.resize((width, height), Image.Resampling.LANCZOS)
        half = path.with_name(f".{path.name}.part")
        if opaque:
            exact.convert("RGB").save(half, "JPEG", quality=95, subsampling=0)
        else:
            exact.save(half, "PNG")
        shutil.move(half, path)
        self._pictures.append(path)
        return path

    def _uses(self, item: FootageItem) -> int:
        return sum(
            layer.source is item
            for composition in self._project.compositions
            for layer in composition.layers
            if isinstance(layer, AVLayer)
        )


def _written(before: object, value: Value) -> object:
    """The value as the project takes it; None where the property holds something else."""
    match value:
        case NumberValue() if isinstance(before, int | float):
            return value.value
        case ColorValue() if isinstance(before, list | tuple) and len(before) == 4:
            return list(value.rgba)
        case PointValue() if isinstance(before, list | tuple) and len(before) in (2, 3):
            return [value.x, value.y, *before[2:]]
    return None


def _factor(document: TextDocument, value: TextValue | DataValue) -> float:
    """How many times as large as designed the text is to be set."""
    if not isinstance(value, TextValue) or (value.size == 1 and not value.fit):
        return 1.0
    designed = read_text(document)
    sized = resized(designed, value, default_library())
    before = designed.runs[0].style.size if designed.runs else 0
    return sized.runs[0].style.size / before if before and sized.runs else 1.0


def _free(path: Path) -> Path:
    """The path, or the first one beside it with a number that is not taken."""
    number, wanted = 2, path
    while path.exists():
        path = wanted.with_stem(f"{wanted.stem} {number}")
        number += 1
    return path
