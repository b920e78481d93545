"""Looks for secrets in what is committed: keys of known shapes, private keys, and passwords written into code."""

import re
from pathlib import Path

from flatrender.core import process

PATTERNS = {
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"),
    "an AWS key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a GitHub token": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})\b"),
    "a Slack token": re.compile(r"\bxox[abposr]-[A-Za-z0-9-]{10,}"),
    "a Slack webhook": re.compile(r"hooks\.slack\.com/services/T\w+/B\w+/\w{20,}"),
    "a Google key": re.compile(r"\bAIza[0-9A-Za-z_-]{35}\b|\bGOCSPX-[\w-]{28}\b"),
    "a Stripe key": re.compile(r"\b[rs]k_live_[0-9A-Za-z]{20,}\b"),
    "a package index token": re.compile(r"\bpypi-AgEIcHlwaS5vcmc[\w-]{50,}\b|\bnpm_[A-Za-z0-9]{36}\b"),
    "a password inside an address": re.compile(
        r"\b[a-z][a-z0-9+]+://[^\s/:@\"'{}<>$]+:(?P<value>[^\s/@\"'{}<>$]{6,})@"
    ),
    "a value assigned to a secret's name": re.compile(
        r"(?i)\b[\w-]*(?:password|passwd|secret|api_?key|access_?token)[\w-]*[\"']?\s*[:=]\s*"
        r"[\"'](?P<value>[^\"'\s{}$]{16,})[\"']"
    ),
}
# Tests and documents may show values, as long as the value itself says that it is none.
HARMLESS = re.compile(
    r"(?i)example|0123456789|test|dummy|fake|sample|correct[- ]horse|password|secret|not[-_ ]a|[-_ ].*[-_ ]"
)
MOST_BYTES = 2_000_000


def secrets_in(text: str) -> list[tuple[int, str]]:
    """(line, what) for every secret found in `text`."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        for what, pattern in PATTERNS.items():
            match = pattern.search(line)
            if match and not ("value" in pattern.groupindex and HARMLESS.search(match["value"])):
                found.append((number, what))
    return found


def secrets(root: Path) -> list[str]:
    """`file:line: what` for every secret in the files that git would commit."""
    listing = process.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        limits=process.Limits(wall_seconds=60),
        cwd=root,
    )
    if listing.returncode != 0:
        raise RuntimeError(f"git ls-files failed: {listing.stderr.decode('utf-8', 'replace')}")
    findings = []
    for name in sorted(filter(None, listing.stdout.decode("utf-8").split("\0"))):
        path = root / name
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            continue
        data = path.read_bytes()
        if b"\0" not in data[:8000]:
            findings += [f"{name}:{line}: {what}" for line, what in secrets_in(data.decode("utf-8", "replace"))]
    return findings
