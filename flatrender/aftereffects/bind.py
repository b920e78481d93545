"""A customer's values written into a copy of the project file, for After Effects' own renderer or as a download."""

import math
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
    Shape,
    SolidSource,
    TextDocument,
)

from flatrender.aftereffects.bundle import Bundle
from flatrender.aftereffects.graph import layer_part, property_part
from flatrender.aftereffects.lottie.films import is_film
from flatrender.aftereffects.lottie.images import fitted, fitted_picture
from flatrender.aftereffects.parsing import parse
from flatrender.aftereffects.reading_controls import property_at
from flatrender.aftereffects.reading_text import read_text
from flatrender.aftereffects.text import default_library
from flatrender.aftereffects.text.bidi import embedding_levels
from flatrender.aftereffects.values import (
    ColorValue,
    DataValue,
    ImageValue,
    NumberValue,
    PointValue,
    TextValue,
    Value,
    VisibleValue,
    rebound_text,
    resized,
)
from flatrender.core.errors import BadFile, Conflict, FlatRenderError, InvalidInput, NotFound

FOOTAGE = "(Footage)"  # the folder that After Effects' "Collect Files" makes


def save_bound(bundle: Bundle, values: Mapping[str, Value], out: Path, name: str = "") -> tuple[str, ...]:
    """Writes the project with the values to `out`; replaced footage goes into a folder "(Footage)" beside it. Returns a
    sentence for each value that could not be written as a whole, or that After Effects will not show.

    The project is parsed anew, so that the one held in memory stays as it is. Nobody has opened the result in After
    Effects yet; py_aep reads it back.

    `name`: after which the footage is called, where `out` is no lasting name.

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
    writer = _Writer(application.project, out.parent / (name or out.name))
    try:
        for address, value in values.items():
            writer.write(address, value)
        application.project.save(out)
    except (PermissionError, FileNotFoundError, NotADirectoryError) as error:
        raise NotFound(f"{out} cannot be written ({error.strerror}); choose another folder.") from error
    except FlatRenderError:
        writer.undo()
        raise
    except (ValueError, AttributeError, TypeError, KeyError, NotImplementedError) as error:
        writer.undo()
        raise BadFile(f"{bundle.name} does not take a value ({str(error)[:160]}).") from error
    return tuple(dict.fromkeys(writer.notes))


class _Writer:
    def __init__(self, project: py_aep.Project, out: Path) -> None:
        self._project = project
        self._out = out
        self._written: list[Path] = []
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
        """Removes the footage of a project that was not written."""
        for path in self._written:
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
            factor, rtl = _factor(document, value), _right_to_left(document, value)
            document.text = value.text.replace("\n", "\r")
            if isinstance(value, TextValue) and value.font is not None:
                document.font = value.font
            if factor != 1 and document.font_size:
                document.font_size *= factor
                if document.leading and not document.auto_leading:
                    document.leading *= factor
            direction = (
                ParagraphDirection.DIRECTION_RIGHT_TO_LEFT if rtl else ParagraphDirection.DIRECTION_LEFT_TO_RIGHT
            )
            if isinstance(value, TextValue) and document.direction != direction:
                document.direction = direction

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
        if not item.width:
            self._sound(layer, item, value.path)
            return
        if is_film(value.path):
            self._film(layer, item, value)
            return
        path = self._place(value, int(item.width), int(item.height))
        if self._uses(item) == 1:
            item.replace(path)
        else:
            layer.replace_source(cast(FootageItem, self._project.import_file(ImportOptions(path))))

    def _sound(self, layer: AVLayer, item: FootageItem, given: Path) -> None:
        sound = self._imported(given)
        if sound.width or not sound.duration:
            raise BadFile(f"{given.name} is no sound that {item.name} can be replaced with.")
        layer.replace_source(sound)

    def _film(self, layer: AVLayer, item: FootageItem, value: ImageValue) -> None:
        """The film in a composition of the old one's size, which fits and cuts it, playing over and over."""
        film = self._imported(value.path)
        if not film.width or not film.height or not film.duration:
            raise BadFile(f"{value.path.name} is no film, sound or picture that can be read.")
        source: Any = film.main_source
        source.loop = max(1, min(math.ceil(layer.containing_comp.duration / film.duration), 9_999))
        if (film.width, film.height) == (item.width, item.height) and not any(value.crop):
            layer.replace_source(film)
            return
        rate = film.frame_rate or layer.containing_comp.frame_rate
        size = int(item.width), int(item.height)
        box = self._project.root_folder.add_comp(value.path.stem, *size, 1.0, float(film.duration), float(rate))
        inside: Any = box.add(film)
        left, top, right, bottom = value.crop
        shown = film.width * (1 - left - right), film.height * (1 - top - bottom)
        factors, place = fitted(shown, size, value.fit, value.focus)
        corner = [film.width * left, film.height * top]
        transform = inside.transform
        transform["ADBE Anchor Point"].value = [*corner, 0.0]
        transform["ADBE Position"].value = [*place, 0.0]
        transform["ADBE Scale"].value = [factors[0] * 100, factors[1] * 100, 100.0]
        if any(value.crop):
            far = corner[0] + shown[0], corner[1] + shown[1]
            mask = inside["ADBE Mask Parade"].add_property("ADBE Mask Atom")
            mask["ADBE Mask Shape"].value = Shape([corner, [far[0], corner[1]], [*far], [corner[0], far[1]]])
        layer.replace_source(box)

    def _imported(self, given: Path) -> FootageItem:
        """A film or a sound as it is, beside the project."""
        path = self._beside(given.stem, given.suffix or ".mp4")
        half = path.with_name(f".{path.name}.part")
        try:
            shutil.copyfile(given, half)
        except FileNotFoundError:
            raise NotFound(f"There is no file {given.name}.") from None
        shutil.move(half, path)
        self._written.append(path)
        return cast(FootageItem, self._project.import_file(ImportOptions(path)))

    def _beside(self, stem: str, suffix: str) -> Path:
        folder = self._out.parent / FOOTAGE
        folder.mkdir(parents=True, exist_ok=True)
        return _free(folder / f"{self._out.stem} {stem}{suffix}")

    def _place(self, value: ImageValue, width: int, height: int) -> Path:
        """The picture in exactly the old one's size: After Effects does not fit what it replaces."""
        from PIL import Image

        picture = fitted_picture(value.path, width, height, value.fit, value.focus, value.crop)
        opaque = picture.mode != "RGBA" or picture.getchannel("A").getextrema() == (255, 255)
        path = self._beside(value.path.stem, ".jpg" if opaque else ".png")
        exact = picture.resize((width, height), Image.Resampling.LANCZOS)
        half = path.with_name(f".{path.name}.part")
        if opaque:
            exact.convert("RGB").save(half, "JPEG", quality=95, subsampling=0)
        else:
            exact.save(half, "PNG")
        shutil.move(half, path)
        self._written.append(path)
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


def _right_to_left(document: TextDocument, value: TextValue | DataValue) -> bool:
    """Which way the text runs, as our own renderer has it: where nothing else is said, as its first letter does."""
    direction = rebound_text(read_text(document), value).direction
    return embedding_levels(value.text).base == 1 if direction == "auto" else direction == "rtl"


def _free(path: Path) -> Path:
    """The path, or the first one beside it with a number that is not taken."""
    number, wanted = 2, path
    while path.exists():
        path = wanted.with_stem(f"{wanted.stem} {number}")
        number += 1
    return path
