"""A site's own words: the page that strangers see first, imprint, privacy and terms. In each of its languages. Pure.

All of it is text. Of a legal page a line that begins with `# ` or `## ` is a heading, one with `- ` an item of a list;
a line that is empty ends a paragraph.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flatrender.core.errors import InvalidInput

LEGAL = ("imprint", "privacy", "terms")
LANGUAGES = ("en", "fa")
MOST_TEMPLATES = 12
LONGEST_LEGAL = 60_000  # characters
_LONGEST = {"headline": 120, "text": 1500, "action": 40}


@dataclass(frozen=True)
class Landing:
    """What strangers see first. `link`: where the call to action leads; empty: to a new account, or to the sign-in."""

    headline: str = ""
    text: str = ""
    action: str = ""
    link: str = ""
    templates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Block:
    """A part of a legal page: `heading`, `part` (a smaller one), `item` or `text`."""

    kind: str
    text: str


def landing(kept: Mapping[str, Any], language: str, first: str) -> Landing | None:
    """The first page in a language, else in the site's `first`; None where it is off or says nothing."""
    texts = {key: value for key, value in kept.get("texts", {}).items() if value.get("headline")}
    said = _spoken(texts, language, first)
    if not kept.get("on") or said is None:
        return None
    return Landing(**said, link=kept.get("link", ""), templates=tuple(kept.get("templates", ())))


def checked_landing(given: Mapping[str, Any], kept: Mapping[str, Any]) -> dict[str, Any]:
    """What is to be kept of a changed first page. Raises InvalidInput beside the field (`landing.headline.en`)."""
    texts = {**kept.get("texts", {})}
    for language, said in (given.get("texts") or {}).items():
        texts[_language(language)] = {
            name: _short(str(said.get(name, "")), f"landing.{name}.{language}", most) for name, most in _LONGEST.items()
        }
    on = bool(given.get("on", kept.get("on", False)))
    link = clean_link(given.get("link", kept.get("link", "")), "landing.link", within=True)
    templates = list(dict.fromkeys(given.get("templates", kept.get("templates", ()))))
    if len(templates) > MOST_TEMPLATES:
        raise InvalidInput(f"Choose at most {MOST_TEMPLATES} templates.", field="landing.templates")
    if on and not any(said["headline"] for said in texts.values()):
        raise InvalidInput("Give the first page a headline.", field="landing.headline", code="headline-missing")
    return {"on": on, "link": link, "templates": templates, "texts": texts}


def legal(kept: Mapping[str, Any], page: str, language: str, first: str) -> str:
    """The text of a legal page in a language, else in the site's `first`, else in the other; empty without any."""
    return _spoken({key: text for key, text in kept.get(page, {}).items() if text}, language, first) or ""


def checked_legal(given: Mapping[str, Mapping[str, str]], kept: Mapping[str, Any]) -> dict[str, Any]:
    """What is to be kept of changed legal pages. Raises InvalidInput beside the field (`legal.terms.en`)."""
    wanted = {page: dict(kept.get(page, {})) for page in LEGAL}
    for page, texts in given.items():
        if page not in LEGAL:
            raise InvalidInput(f"Legal pages are: {', '.join(LEGAL)}.", field="legal")
        for language, text in texts.items():
            field = f"legal.{page}.{_language(language)}"
            if len(text) > LONGEST_LEGAL:
                raise InvalidInput(f"Give at most {LONGEST_LEGAL:,} characters.", field=field, code="too-long")
            wanted[page][language] = _plain(text).strip()
    return wanted


def blocks(text: str) -> list[Block]:
    """A legal text as what its page shows."""
    found: list[Block] = []
    open_ = False  # whether a line goes on with the paragraph above
    for line in text.splitlines():
        marked = next((mark for mark in ("## ", "# ", "- ") if line.startswith(mark)), "")
        words = line.removeprefix(marked).strip()
        if marked:
            found.append(Block({"# ": "heading", "## ": "part", "- ": "item"}[marked], words))
        elif words and open_:
            found[-1] = Block("text", f"{found[-1].text}\n{words}")
        elif words:
            found.append(Block("text", words))
        open_ = bool(words) and not marked
    return [block for block in found if block.text]


def clean_link(text: str, field: str, *, within: bool = False) -> str:
    """An address of the web, or none; `within`: also a page of the site, such as `/sign-up`. Raises InvalidInput."""
    address = text.strip()
    plain = address.isprintable() and " " not in address and "\\" not in address and len(address) <= 500
    if not address or (within and plain and address.startswith("/") and not address.startswith("//")):
        return address
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    if not plain or parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InvalidInput("Give an address that begins with https://.", field=field, code="link-invalid")
    return address


def _spoken(texts: Mapping[str, Any], language: str, first: str) -> Any:
    found: Sequence[Any] = [texts[each] for each in (language, first, *LANGUAGES) if each in texts]
    return found[0] if found else None


def _language(language: str) -> str:
    if language not in LANGUAGES:
        raise InvalidInput("Choose English or Persian.", field="language", code="languages")
    return language


def _short(text: str, field: str, most: int) -> str:
    said = _plain(text).strip()
    if len(said) > most:
        raise InvalidInput(f"Give at most {most} characters.", field=field, code="too-long")
    return said


def _plain(text: str) -> str:
    """Without control characters: neither do they mean anything nor can every database keep them."""
    return "".join(sign for sign in text.replace("\r\n", "\n") if sign >= " " or sign == "\n")
