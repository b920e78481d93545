"""A site's own fonts, one for Latin and one for Persian text, written as CSS. Pure.

A kept font is `{"digest", "family", "weights": [lightest, boldest]}` under its script. Each is asked for its own script
alone, and the bundled font of that script stands behind it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Fonts = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Script:
    """`letters`: what a font must have to be taken; `behind`: the bundled font; `range`: CSS Fonts 4, unicode-range."""

    letters: str
    behind: str
    range: str


SCRIPTS: Mapping[str, Script] = {
    "latin": Script(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:;!?-",
        "Inter",
        "U+0000-05FF,U+1E00-200B,U+200F-20CF,U+2100-2DFF,U+A720-A7FF,U+FB00-FB4F,U+FEFF,U+FFFD",
    ),
    "persian": Script(
        "آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیئ۰۱۲۳۴۵۶۷۸۹،؟",
        "Vazirmatn",
        "U+0600-06FF,U+0750-077F,U+0870-08FF,U+200C-200E,U+FB50-FDFF,U+FE70-FEFC",
    ),
}


def css(fonts: Fonts) -> str:
    """The faces and the variables that name them, for `/tenant.css`; empty without any."""
    names = [
        f'--tenant-font-{name}:"site-{name}","{script.behind}"' for name, script in SCRIPTS.items() if name in fonts
    ]
    return faces(fonts) + "\nhtml:root{" + ";".join(names) + "}\n" if names else ""


def faces(fonts: Fonts, base: str = "") -> str:
    """The faces alone, called `site-latin` and `site-persian`; `base`: the site's address, for letters."""
    rules = []
    for name, script in SCRIPTS.items():
        kept = fonts.get(name)
        if kept is None:
            continue
        low, high = kept["weights"]
        rules.append(
            f'@font-face{{font-family:"site-{name}";src:url({base}{address(name, kept)}) format("woff2");'
            f"font-weight:{low if low == high else f'{low} {high}'};font-display:swap;unicode-range:{script.range}}}"
        )
    return "\n".join(rules)


def address(script: str, kept: Mapping[str, Any]) -> str:
    """Where the pages find a font: another one for each file."""
    return f"/tenant-font/{script}?v={kept['digest']}"
