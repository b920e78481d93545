"""`flatrender doctor`: which real components were found, their versions, and what to do when one is missing.

With `--install`, first installs from Debian's packages what the tests want: a browser, its driver's library, and
PostgreSQL (the tests start a server of their own on a temporary folder; the system's stays as it is).
"""

import argparse
import json
import os
import shutil
import sys

from flatrender.commands import here
from flatrender.commands.components import Finding, look
from flatrender.core import process
from flatrender.core.errors import Forbidden, ProcessFailed, Unavailable
from flatrender.settings import get_settings

# The tests drive Chromium's shell without windows: it takes a third less of the processor's time than Chromium itself,
# which is for whoever wants to watch a page. iproute2 and faketime: the fault tests cut a node off and turn its clock.
PACKAGES = ("chromium", "chromium-headless-shell", "postgresql", "libatomic1", "iproute2", "faketime")
MARKS = {"ok": "ok", "missing": "MISSING", "optional": "absent"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--install", action="store_true", help=f"install {', '.join(PACKAGES)} with apt-get (as root)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    here.add_folder(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints what was found; 0 when the studio can run, 1 when something that it needs is missing."""
    if arguments.install:
        install(PACKAGES)
    here.use_folder(arguments)
    findings = look(get_settings())
    if arguments.json:
        print(json.dumps({"components": [finding.to_dict() for finding in findings]}, indent=2, ensure_ascii=False))
    else:
        print(table(findings))
    return 1 if any(finding.state == "missing" for finding in findings) else 0


def table(findings: list[Finding]) -> str:
    """One line for each component, what to do below the ones that are not there."""
    width = max(len(finding.name) for finding in findings)
    lines = []
    for finding in findings:
        about = "  ".join(part for part in (finding.version, finding.where) if part)
        lines.append(f"{finding.name:<{width}}  {MARKS[finding.state]:<7}  {about}".rstrip())
        if finding.advice:
            lines.append(f"{'':<{width}}           {finding.advice}")
    return "\n".join(lines)


def missing_packages(packages: tuple[str, ...]) -> list[str]:
    """Those of Debian's packages that are not installed."""
    limits = process.Limits(wall_seconds=60)
    done = process.run(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Abbrev}\n", *packages], limits=limits)
    installed = {
        line.split()[0] for line in done.stdout.decode("utf-8", "replace").splitlines() if line.rstrip().endswith("ii")
    }
    return [name for name in packages if name not in installed]


def install(packages: tuple[str, ...]) -> None:
    """Installs Debian's packages. Raises Unavailable on another system, Forbidden without root's rights."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-query") is None:
        raise Unavailable(
            "This is no Debian (there is no apt-get); install a Chromium and PostgreSQL as your system does it, "
            "then run `flatrender doctor`."
        )
    wanted = missing_packages(packages)
    if not wanted:
        print("Debian's packages are installed already.", file=sys.stderr)
        return
    if os.geteuid() != 0:
        raise Forbidden(f"Installing needs root's rights; run: sudo apt-get install {' '.join(wanted)}")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "-y", "--no-install-recommends", *wanted]):
        print(f"apt-get {' '.join(words)}", file=sys.stderr, flush=True)
        done = process.run(
            ["apt-get", "-q", "-o", "Acquire::Retries=3", *words], limits=process.Limits(wall_seconds=1800), env=env
        )
        if done.returncode != 0:
            said = (done.stdout + done.stderr).decode("utf-8", "replace").strip()
            raise ProcessFailed(f"apt-get {words[0]} failed.\n{said[-2000:]}")
