"""A site's colours: readable or refused."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flatrender.core.errors import InvalidInput
from flatrender.tenants import brand as brands
from flatrender.tenants.brand import Brand, checked, contrast, from_color

TOKENS = (Path(__file__).resolve().parents[2] / "assets" / "look" / "tokens.css").read_text("utf-8")


def test_the_defaults_are_those_of_the_tokens() -> None:
    for name, value in re.findall(r"--tenant-([\w-]+):([^;]+);", TOKENS)[:5]:
        kept = Brand().document()[name.replace("-", "_")]
        assert value == (f"{kept}px" if name == "radius" else kept)


def test_the_surfaces_are_those_of_the_tokens() -> None:
    assert re.findall(r"--surface-3:(#\w{6})", TOKENS) == [brands.DARK_SURFACE, brands.LIGHT_SURFACE]


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"on_solid": "#FFFFFF"}, "on_solid"),
        ({"text_dark": "#555555"}, "text_dark"),
        ({"text_light": "#F2B63C"}, "text_light"),
        ({"solid": "saffron"}, "solid"),
        ({"solid": "#fff}body{display:none"}, "solid"),
        ({"radius": 40}, "radius"),
        ({"radius": True}, "radius"),
    ],
)
def test_what_cannot_be_read_is_refused_beside_its_field(change: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked({**Brand().document(), **change})
    assert refused.value.field == field


@given(st.integers(0, 0xFFFFFF))
def test_every_colour_makes_a_brand_that_can_be_read(number: int) -> None:
    brand = from_color(f"#{number:06x}")
    assert checked(brand.document()) == brand
    assert re.fullmatch(r"html:root\{--tenant-solid:#[0-9A-F]{6}(;--tenant-[\w-]+:[#\w]+){4}\}\n", brand.css())
