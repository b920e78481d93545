"""What the pixels of a composition depend on besides its file and values: this engine, its libraries, and the fonts.

Whatever keeps pictures (scene films, snapshots, previews in browsers) has these in its key, so that an upgrade or a new
font never shows an old picture.
"""

import hashlib
import os
import time
from collections.abc import Iterable
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Lock
from typing import Final

import flatrender
from flatrender.aftereffects.text import FontLibrary
from flatrender.aftereffects.text.fonts import system_dirs
from flatrender.aftereffects.text.packaged import font_files
from flatrender.core.digest import file_sha256
from flatrender.settings import default_data_dir

LIBRARIES: Final = (
    "py-aep",
    "thorvg-python",
    "uharfbuzz",
    "icu4py",
    "fonttools",
    "skia-pathops",
    "quickjs-ng",
    "tree-sitter",
    "tree-sitter-javascript",
    "numpy",
    "orjson",
    "pillow",
    "fontpkg-inter",
    "fontpkg-arimo",
    "justmytype-intl-rtl",
)
SOURCES: Final = (".py", ".js")
_SYSTEM_SECONDS: Final = 30.0
"""How long the list of the system's fonts counts as unchanged: it may be thousands of files."""

FontName = tuple[str, str, str]
"""PostScript name, family, style."""


@lru_cache(maxsize=1)
def engine_revision() -> str:
    """Of the engine's own sources and of the libraries under it: 32 hexadecimal digits, computed once."""
    digest = hashlib.sha256(flatrender.__version__.encode())
    here = Path(__file__).parent
    own = [file for file in here.rglob("*") if file.suffix in SOURCES]
    for file in sorted([*own, here.parent / "film" / "footage.py"]):  # which makes the pixels of films
        digest.update(f"\0{file.relative_to(here.parent).as_posix()}\0".encode())
        digest.update(file.read_bytes())
    for name in LIBRARIES:
        try:
            digest.update(f"\0{name}={version(name)}".encode())
        except PackageNotFoundError:
            digest.update(f"\0{name}=".encode())
    return digest.hexdigest()[:32]


def fonts_revision(names: Iterable[FontName], data: Path | None = None) -> str:
    """Of the installation's fonts that texts in these fonts may be drawn with: 32 hexadecimal digits.

    Fonts in the data folder (`data`, by default the settings') may stand in for any missing glyph, so all of them
    count, by content. The system's are looked at only for a name that neither those nor the packages have; they count
    then, by file name and size. A bundle's own fonts are part of the bundle's hash.
    """
    store = (data or default_data_dir(os.environ)) / "fonts"
    stored = _stored(store)
    digest = hashlib.sha256(stored.encode())
    library = _library(store, stored)
    if any(library.find(*name) is None for name in names):
        digest.update(_system(int(time.monotonic() / _SYSTEM_SECONDS)).encode())
    return digest.hexdigest()[:32]


_lock = Lock()
_hashes: dict[tuple[str, int, int], str] = {}


def _stored(store: Path) -> str:
    """The fonts of the data folder as one hash of names and contents; a file is read once per change."""
    digest = hashlib.sha256()
    for file in font_files(store):
        try:
            stat = file.stat()
            key = (str(file), stat.st_size, stat.st_mtime_ns)
            with _lock:
                known = _hashes.get(key)
            if known is None:
                known = file_sha256(file)
                with _lock:
                    _hashes[key] = known
        except OSError:  # taken away this moment
            continue
        digest.update(f"{file.relative_to(store).as_posix()}\0{known}\0".encode())
    return digest.hexdigest()


@lru_cache(maxsize=2)
def _library(store: Path, stored: str) -> FontLibrary:
    """The fonts that come before the system's; `stored` makes it anew when the data folder's changed."""
    return FontLibrary([store], system=False)


@lru_cache(maxsize=2)
def _system(period: int) -> str:
    """The system's fonts by name and size, at most once in a `period`."""
    digest = hashlib.sha256()
    for folder in system_dirs():
        for file in font_files(folder):
            try:
                digest.update(f"{file.name}\0{file.stat().st_size}\0".encode())
            except OSError:
                continue
    return digest.hexdigest()
