"""Every error that the sources can raise has a sentence in every language, by its code."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from flatrender.core.errors import FlatRenderError
from flatrender.ui.catalogues import LANGUAGES, catalogue

ROOT = Path(__file__).resolve().parents[2]
CODE = re.compile(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")


def _codes(tree: ast.AST) -> Iterator[str]:
    """Codes as they stand in a module: `code="…"` of a call, `code = "…"` of an error's class, `problem(404, "…")`."""
    for node in ast.walk(tree):
        values: list[ast.expr] = []
        if isinstance(node, ast.Call):
            values = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
            if isinstance(node.func, ast.Name) and node.func.id == "problem":
                values += node.args[1:2]
        elif isinstance(node, ast.ClassDef):
            values = [
                line.value
                for line in node.body
                if isinstance(line, ast.Assign) and any(ast.unparse(target) == "code" for target in line.targets)
            ]
        yield from (code for value in values for code in _texts(value) if CODE.match(code))


def _texts(value: ast.expr) -> Iterator[str]:
    """`"a"`, also in `"a" if x else "b"` and `codes.get(status, "a")`; not what a name or an index stands for."""
    match value:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp():
            yield from _texts(value.body)
            yield from _texts(value.orelse)
        case ast.Call():
            for argument in value.args[1:]:
                yield from _texts(argument)


@cache
def raised() -> dict[str, str]:
    """Each code of the sources, and one module that raises it."""
    found: dict[str, str] = {}
    for folder in ("flatrender", "workers"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for code in _codes(ast.parse(path.read_text(encoding="utf-8"))):
                found.setdefault(code, str(path.relative_to(ROOT)))
    return found


def test_the_codes_are_found_where_they_are_raised() -> None:
    found = raised()
    assert len(found) > 90
    assert {"error", "not-found", "tus-version", "foreign-origin", "http-error", "clip-gone"} <= found.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_sentence(language: str) -> None:
    words = catalogue(language)
    missing = {code: place for code, place in raised().items() if not words.get(f"errors.{code}")}
    assert missing == {}


def test_persian_sentences_are_persian_sentences() -> None:
    english, persian = catalogue("en"), catalogue("fa")
    for code in raised():
        sentence = persian[f"errors.{code}"]
        assert sentence != english[f"errors.{code}"], code
        assert re.search(r"[\u0600-\u06ff]", sentence), code
        assert sentence.endswith((".", "؟")), code


def test_the_root_of_all_errors_has_one_too() -> None:
    assert f"errors.{FlatRenderError.code}" in catalogue("fa")
