"""All words on the pages: one JSON file a language, and the script that speaks them in the browser.

Keys are dotted paths (`gallery.search`); values may hold `{name}` places. `en.json` leads; a test keeps `fa.json` equal
in keys and places. In pages use `flatrender.ui.text`; server-side sentences (toasts) use `say`."""

import json
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "fa")
DIRECTIONS = {"en": "ltr", "fa": "rtl"}
FOLDER = Path(__file__).parent


@cache
def catalogue(language: str) -> dict[str, str]:
    """The flat catalogue of a language: dotted key -> text. Unknown languages read English."""
    name = language if language in LANGUAGES else "en"
    flat: dict[str, str] = {}

    def walk(node: dict[str, object], prefix: str) -> None:
        for key, value in node.items():
            if isinstance(value, dict):
                walk(value, f"{prefix}{key}.")
            else:
                flat[prefix + key] = str(value)

    walk(json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")), "")
    return flat


def check(key: str) -> str:
    """Returns the key; raises KeyError at build time when a language lacks it."""
    for language in LANGUAGES:
        if key not in catalogue(language):
            raise KeyError(f"{key} is missing in flatrender/ui/catalogues/{language}.json")
    return key


def say(language: str, key: str, **values: object) -> str:
    """The text of a key with its places filled, for sentences made on the server."""
    return catalogue(language)[check(key)].format_map({name: str(value) for name, value in values.items()})
