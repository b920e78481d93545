"""Where a project lies below the Dropbox root: a path of Windows or macOS in, a place below the root out.

The first half is pure and table-tested; only `located` looks at the disk.

    /Users/alice/Dropbox/Ads/Promo.aep                       → Ads/Promo.aep
    /Users/alice/Library/CloudStorage/Dropbox/Ads/Promo.aep  → Ads/Promo.aep
    c:\\users\\render\\dropbox\\Ads\\Promo.aep                    → Ads/Promo.aep   (root C:\\Users\\render\\Dropbox)
"""

import re
import unicodedata
from pathlib import Path, PureWindowsPath

from flatrender.core.errors import InvalidInput

LONGEST = 1000
Parts = tuple[str, ...]

_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_DROPBOX = re.compile(r"Dropbox(?: \([^/\\]{1,80}\))?", re.IGNORECASE)  # "Dropbox (Company)" is a team's
# What Windows takes for a device, whatever comes after the dot.
_DEVICE = re.compile(r"(?:CON|PRN|AUX|NUL|CLOCK\$|CONIN\$|CONOUT\$|COM[0-9¹²³]|LPT[0-9¹²³])(?:\.|$)", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f]')


def below_root(text: str, root: str) -> Parts:
    """The parts of a path below the Dropbox root, from what a client sent. Raises InvalidInput for all else.

    `root`: the node's, as Windows or POSIX writes it. A macOS path is below it when it goes through a home's Dropbox.
    """
    path = unicodedata.normalize("NFC", text.strip())  # macOS takes letters apart, Dropbox on Windows does not
    if not path or len(path) > LONGEST:
        raise InvalidInput(f"A project's path has 1 to {LONGEST} characters.", field="projectPath")
    if path.startswith(("\\\\", "//")):
        raise InvalidInput(
            "Network and device paths (\\\\server\\…) are not accepted; give the path in the Dropbox folder.",
            field="projectPath",
            code="outside-root",
        )
    if path.startswith("~/"):
        return _checked(_after_dropbox(path[2:].split("/"), text), text)
    if _DRIVE.match(path):
        return _checked(_relative(_split(path), _split(root), text), text)
    if path.startswith("/"):
        if "\\" in path:
            raise _outside(text)
        if not _is_windows(root):
            parts, base = _split(path), _split(root)
            if parts[: len(base)] == base:
                return _checked(parts[len(base) :], text)
        return _checked(_from_mac(path, text), text)
    raise InvalidInput("A project's path is absolute, such as C:\\Users\\…\\Dropbox\\….", field="projectPath")


def windows_path(parts: Parts, root: str) -> str:
    """A place below the root as Windows writes it (or POSIX, where the root is one)."""
    sign = "\\" if _is_windows(root) else "/"
    return root.rstrip("\\/") + sign + sign.join(parts)


def key_of(parts: Parts) -> str:
    """One name for all spellings of a path: Dropbox and Windows do not tell cases apart."""
    return "/".join(parts).casefold()


def located(root: Path, parts: Parts) -> Path:
    """The place on this machine's disk, symbolic links resolved; it need not exist. Raises InvalidInput outside."""
    base = root.resolve()
    place = base.joinpath(*parts).resolve()
    if place == base or not place.is_relative_to(base):
        raise InvalidInput(
            "This path leads out of the Dropbox folder (through a link); give a file inside it.",
            field="projectPath",
            code="outside-root",
        )
    return place


def _is_windows(root: str) -> bool:
    return bool(PureWindowsPath(root).drive)


def _split(path: str) -> list[str]:
    return [part for part in re.split(r"[\\/]", path) if part]


def _relative(parts: list[str], base: list[str], text: str) -> list[str]:
    """Below the root, whatever the case of drive and folders."""
    below = len(parts) > len(base) > 0
    if not below or any(a.casefold() != b.casefold() for a, b in zip(parts, base, strict=False)):
        raise _outside(text)
    return parts[len(base) :]


def _from_mac(path: str, text: str) -> list[str]:
    parts = _split(path)
    if len(parts) > 2 and parts[0] == "Users":
        return _after_dropbox(parts[2:], text)
    if len(parts) > 2 and parts[0] == "Volumes":
        return _after_dropbox(parts[2:], text)
    raise _outside(text)


def _after_dropbox(parts: list[str], text: str) -> list[str]:
    """What follows the home's Dropbox: directly in it, or where macOS keeps cloud folders since version 12."""
    if parts[:2] == ["Library", "CloudStorage"]:
        parts = parts[2:]
        if parts and parts[0].startswith("Dropbox-"):  # a second account: "Dropbox-Company"
            return parts[1:]
    if parts and _DROPBOX.fullmatch(parts[0]):
        return parts[1:]
    raise _outside(text)


def _checked(parts: list[str], text: str) -> Parts:
    if not parts:
        raise _outside(text)
    for part in parts:
        if part in {".", ".."}:
            raise _outside(text)
        if _FORBIDDEN.search(part) or part != part.rstrip(". ") or _DEVICE.match(part):
            raise InvalidInput(f"“{part[:80]}” is no name that Windows takes; rename it.", field="projectPath")
    return tuple(parts)


def _outside(text: str) -> InvalidInput:
    return InvalidInput(
        f"{text[:200]} is not in the Dropbox folder; move the project there.", field="projectPath", code="outside-root"
    )
