"""The neutral report of a project: what a scan tells, as plain frozen values with a JSON form."""

from dataclasses import asdict, dataclass, field
from typing import Any

FARTHEST = 1_000_000.0
"""The greatest number that a control takes, as far as After Effects' own sliders go."""


MISSING_FONT = "missing font"  # the feature of a text whose font another one stands in for


@dataclass(frozen=True)
class ControlReport:
    """One property that can be set by itself: an effect's control, or what an Essential Graphics panel offers.

    `kind`: number, toggle, choice, color or point. `default` is a number, "0"/"1", a menu's place from 1, "#RRGGBB" or
    "x,y"; `options` are a menu's entries, `bounds` the ends of a slider.
    """

    address: str
    name: str
    kind: str
    default: str
    options: tuple[str, ...] = ()
    bounds: tuple[float, float] | None = None


@dataclass(frozen=True)
class ExposedReport:
    """An entry of an Essential Graphics panel: a property, or with `control` None the text or picture of `layer`."""

    name: str
    layer: str
    control: ControlReport | None = None


@dataclass(frozen=True)
class LayerReport:
    """One layer. `type`: text, image, video, audio, solid, shape, precomp, camera, light, null or adjustment.

    `text`, `font`, `font_size` and `direction` are those of a text's first run; `color` is a solid's or a text's;
    `box` is (x, y, width, height) of box text, `position` where the layer's anchor lies in the middle of its life, in
    pixels of the composition. Times in seconds. `controls` are the expression controls among its effects.
    """

    id: int
    index: int
    name: str
    type: str
    enabled: bool
    in_point: float
    out_point: float
    width: int
    height: int
    source: str | None = None
    source_id: int | None = None
    text: str | None = None
    font: str | None = None
    font_size: float | None = None
    color: str | None = None
    direction: str | None = None
    box: tuple[float, float, float, float] | None = None
    missing: bool = False
    comment: str = ""
    guide: bool = False
    position: tuple[float, float] | None = None
    controls: tuple[ControlReport, ...] = ()


@dataclass(frozen=True)
class MarkerReport:
    time: float
    duration: float
    comment: str


@dataclass(frozen=True)
class CompositionReport:
    """One composition. `frames` is its whole length, `work_area` in seconds, `used_in` the ids of those above."""

    id: int
    name: str
    width: int
    height: int
    frame_rate: float
    frame_rate_rational: tuple[int, int]
    duration: float
    frames: int
    background: str
    work_area: tuple[float, float]
    used_in: tuple[int, ...]
    layers: tuple[LayerReport, ...]
    markers: tuple[MarkerReport, ...] = ()
    comment: str = ""
    exposed: tuple[ExposedReport, ...] = ()


@dataclass(frozen=True)
class FontUse:
    """A font that texts ask for; `substitute` is what stands in for a missing one, `drawn` the fonts that draw the
    letters of its texts then: another one where the substitute lacks them."""

    postscript_name: str
    family: str
    style: str
    found: bool
    substitute: str | None
    layers: tuple[str, ...]
    drawn: tuple[str, ...] = ()

    @property
    def standing_in(self) -> str:
        """What stands in, in words that go before “stands in”."""
        return " + ".join(self.drawn) or self.substitute or "another"


@dataclass(frozen=True)
class FootageUse:
    """A file that layers show. `path` is inside the bundle where it was found, else as the project stores it."""

    id: int
    name: str
    kind: str
    path: str | None
    width: int
    height: int
    missing: bool
    layers: tuple[str, ...]


@dataclass(frozen=True)
class Capability:
    """How well a feature is shown: supported, approximated or ignored, with the layer and the property it is about."""

    composition_id: int
    layer: str | None
    property: str
    feature: str
    status: str
    note: str = ""


@dataclass(frozen=True)
class ProjectReport:
    """A whole project, as `flatrender scan` tells it."""

    file_name: str
    md5: str
    app_version: str
    compositions: tuple[CompositionReport, ...]
    fonts: tuple[FontUse, ...] = ()
    footage: tuple[FootageUse, ...] = ()
    capabilities: tuple[Capability, ...] = ()
    warnings: tuple[str, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries and lists, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: dict[str, Any]) -> "ProjectReport":
        """The report of what `to_dict` gave, also after a way through JSON."""
        return cls(
            file_name=raw["file_name"],
            md5=raw["md5"],
            app_version=raw["app_version"],
            compositions=tuple(_composition(part) for part in raw["compositions"]),
            fonts=tuple(_font(part) for part in raw["fonts"]),
            footage=tuple(FootageUse(**{**part, "layers": tuple(part["layers"])}) for part in raw["footage"]),
            capabilities=tuple(Capability(**part) for part in raw["capabilities"]),
            warnings=tuple(raw["warnings"]),
        )


def _composition(raw: dict[str, Any]) -> CompositionReport:
    return CompositionReport(
        **{
            **raw,
            "frame_rate_rational": tuple(raw["frame_rate_rational"]),
            "work_area": tuple(raw["work_area"]),
            "used_in": tuple(raw["used_in"]),
            "layers": tuple(_layer(part) for part in raw["layers"]),
            "markers": tuple(MarkerReport(**part) for part in raw["markers"]),
            "exposed": tuple(
                ExposedReport(part["name"], part["layer"], _control(part["control"]) if part["control"] else None)
                for part in raw.get("exposed", ())
            ),
        }
    )


def _font(raw: dict[str, Any]) -> FontUse:
    return FontUse(**{**raw, "layers": tuple(raw["layers"]), "drawn": tuple(raw.get("drawn", ()))})


def _layer(raw: dict[str, Any]) -> LayerReport:
    controls = tuple(_control(part) for part in raw.get("controls", ()))
    return LayerReport(**{**raw, **_tuples(raw, "box", "position"), "controls": controls})


def _control(raw: dict[str, Any]) -> ControlReport:
    return ControlReport(**{**raw, **_tuples(raw, "options", "bounds")})


def _tuples(raw: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: tuple(raw[key]) for key in keys if raw.get(key) is not None}
