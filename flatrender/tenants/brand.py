"""A site's colours: five values, checked against the surfaces they are read on, and written as CSS. Pure."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from flatrender.core.errors import InvalidInput

LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3
# The lightest dark surface and the darkest light one of assets/look/tokens.css that text stands on.
DARK_SURFACE, LIGHT_SURFACE = "#262628", "#EEEEEC"
_HEX = re.compile(r"#[0-9A-Fa-f]{6}")
_INKS = ("#FFFFFF", "#141414", "#000000")  # the softest that reads: one of white and black always does


@dataclass(frozen=True)
class Brand:
    """`solid` fills, `on_solid` is the ink on it, the two texts are the brand as words on dark and on light surfaces;
    `radius` of controls in px. The default site's values are the defaults."""

    solid: str = "#F2B63C"
    on_solid: str = "#1B1305"
    text_dark: str = "#F6C66A"
    text_light: str = "#7A5200"
    radius: int = 6

    def css(self) -> str:
        """The variables, for `/tenant.css`. `html:root` outweighs the `:root` of tokens.css, loaded after it."""
        values = {
            "solid": self.solid,
            "on-solid": self.on_solid,
            "text-dark": self.text_dark,
            "text-light": self.text_light,
            "radius": f"{self.radius}px",
        }
        return "html:root{" + ";".join(f"--tenant-{name}:{value}" for name, value in values.items()) + "}\n"

    def document(self) -> dict[str, Any]:
        """What is kept."""
        return asdict(self)


def read(kept: Mapping[str, Any]) -> Brand:
    """The brand of a stored document; what is missing is the default."""
    known = Brand().document()
    return Brand(**{name: kept.get(name, value) for name, value in known.items()})


def checked(given: Mapping[str, Any]) -> Brand:
    """A brand that can be read everywhere. Raises InvalidInput beside the colour that cannot."""
    brand = read(given)
    for name in ("solid", "on_solid", "text_dark", "text_light"):
        if not isinstance(value := getattr(brand, name), str) or not _HEX.fullmatch(value):
            raise InvalidInput("Give a colour as #RRGGBB.", field=name, code="color-invalid")
    if not isinstance(brand.radius, int) or isinstance(brand.radius, bool) or not 0 <= brand.radius <= 12:
        raise InvalidInput("Give a radius from 0 to 12.", field="radius", code="radius-invalid")
    for field, text, surface, where in (
        ("on_solid", brand.on_solid, brand.solid, "the brand's fill"),
        ("text_dark", brand.text_dark, DARK_SURFACE, "dark surfaces"),
        ("text_light", brand.text_light, LIGHT_SURFACE, "light surfaces"),
    ):
        if (found := contrast(text, surface)) < LEAST_CONTRAST:
            raise InvalidInput(
                f"{text} on {where} has a contrast of {found:.1f}:1; at least {LEAST_CONTRAST}:1 can be read.",
                field=field,
                code="contrast",
                contrast=round(found, 2),
            )
    return brand


def from_color(solid: str, radius: int = 6) -> Brand:
    """A whole brand from its one colour: the better ink, and the colour lightened and darkened until it reads.

    Raises InvalidInput for what is no colour.
    """
    if not _HEX.fullmatch(solid):
        raise InvalidInput("Give a colour as #RRGGBB.", field="solid", code="color-invalid")
    ink = next(color for color in _INKS if contrast(color, solid) >= LEAST_CONTRAST)
    return checked(
        {
            "solid": solid.upper(),
            "on_solid": ink,
            "text_dark": _until_readable(solid, DARK_SURFACE, 255),
            "text_light": _until_readable(solid, LIGHT_SURFACE, 0),
            "radius": radius,
        }
    )


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _until_readable(color: str, surface: str, end: int) -> str:
    channels = [int(color[place : place + 2], 16) for place in (1, 3, 5)]
    for step in range(51):
        mixed = "#" + "".join(f"{round(value + (end - value) * step / 50):02X}" for value in channels)
        if contrast(mixed, surface) >= LEAST_CONTRAST:
            return mixed
    return mixed


def _luminance(color: str) -> float:
    channels = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
