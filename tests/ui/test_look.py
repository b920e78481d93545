"""The look: one place for colours, logical properties, every stylesheet and token where it is said to be."""

import re
from pathlib import Path

import pytest

from flatrender.api.dependencies import COOKIE
from flatrender.ui.state.session import SESSION_COOKIE
from flatrender.ui.tokens import STYLESHEETS

ASSETS = Path(__file__).resolve().parents[2] / "assets"
OURS = ("base", "shell", "sign_in", "gallery", "template", "projects", "home", "palette")
PHYSICAL = re.compile(
    r"(?<![-\w])(?:(?:margin|padding|border)-(?:left|right|top|bottom)|left|right|top|bottom|text-align:\s*(?:left|right)"
    r"|float)\s*:"
)


def _css(name: str) -> str:
    text = (ASSETS / "look" / f"{name}.css").read_text(encoding="utf-8")
    return re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)


def test_stylesheets_are_there() -> None:
    assert [sheet for sheet in STYLESHEETS if not (ASSETS / sheet).is_file()] == []


@pytest.mark.parametrize("name", OURS)
def test_measures_are_logical(name: str) -> None:
    assert PHYSICAL.findall(_css(name)) == []


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_a_token(name: str) -> None:
    known = set(re.findall(r"(--[\w-]+)\s*:", _css("tokens")))
    local = set(re.findall(r"(--[\w-]+)\s*:", _css(name))) | {"--ratio"}
    used = set(re.findall(r"var\((--[\w-]+)", _css(name)))
    assert {name for name in used - known - local if not name.startswith("--radix-")} == set()


def test_both_themes_define_the_same_tokens() -> None:
    text = _css("tokens")
    dark = re.search(r":root,\.dark\{(.*?)\n\}", text, re.DOTALL)
    light = re.search(r"\.light\{(.*?)\n\}", text, re.DOTALL)
    assert dark
    assert light
    names = [set(re.findall(r"(--[\w-]+)\s*:", block[1])) for block in (dark, light)]
    assert names[0] == names[1]


def _luminance(color: str) -> float:
    channels = [int(color[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_text_is_readable_on_every_surface(theme: str) -> None:
    """WCAG 2.2, 1.4.3: at least 4.5:1."""
    text = _css("tokens")
    pattern = r":root,\.dark\{(.*?)\n\}" if theme == "dark" else r"\.light\{(.*?)\n\}"
    block = re.search(pattern, text, re.DOTALL)
    assert block
    values = dict(re.findall(r"(--[\w-]+):(#[0-9A-Fa-f]{6})\b(?![0-9A-Fa-f])", block[1]))
    surfaces = [values[f"--surface-{name}"] for name in ("sunken", "1", "2", "3")] + [values["--bg"]]
    for name in ("--text-1", "--text-2", "--text-3"):
        for surface in surfaces:
            assert _contrast(values[name], surface) >= 4.5, (name, surface)


def test_pages_read_the_cookie_that_the_api_sets() -> None:
    assert SESSION_COOKIE == COOKIE
