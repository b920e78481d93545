"""`python -m tests.benchmarks.sheets`: contact sheets of the sample pairs and the demos, and a table, into `docs/`.

Each pair of ../shared/corpus shows our frame beside what Skottie draws of Adobe's own export (bodymovin) of it, with
the structural similarity of five frames; as its ceiling that of the export drawn by our renderer; and that of our
frames and the export drawn by lottie-web in Chromium, which decides where Skottie itself is in doubt. Each demo shows
our frame beside what Skottie draws of the same Lottie, and how alike the browser's player draws it: the same script
and WebAssembly that pages load, run by Node.
"""

import importlib.util
import json
import re
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Browser, sync_playwright

from flatrender.aftereffects.client import EngineClient
from flatrender.commands.components import find_chromium
from flatrender.core.process import Limits, run
from flatrender.core.runtime import find_node
from flatrender.templates.demos import DEMOS

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
BACKGROUND = "#3C78B4"
TILE, GAP, LABEL, COLUMNS = (240, 150), 8, 34, 3

INTRODUCTION = """# How faithfully projects are drawn

Made on {date} by `python -m tests.benchmarks.sheets`. Nobody here has After Effects' own pixels: what counts as right
is what Skottie draws of Adobe's own export (bodymovin) of the same composition. SSIM is of five frames over the whole
picture; *drawn* only where either draws anything. The *ceiling* is the export itself drawn by our renderer: what is
lost there is the two renderers' difference and no fault of reading the project. *lottie-web* is the same similarity
where lottie-web {web} in Chromium draws the export instead of Skottie. Left ours, right Skottie's.

The projects are lottie-android's (Airbnb, Apache License 2.0) and are not part of FlatRender; the pictures are made
of them.

![sample projects](images/fidelity-samples.webp)

{samples}

## Pairs in doubt, and one that is not

{doubts}

## Demos

Our frame beside what Skottie draws of the same Lottie. *Player*: the SSIM of the server's five frames and those of the
browser's player, the script and WebAssembly that pages load, run by Node.

![demos](images/fidelity-demos.webp)

{demos}

Skottie draws nothing of “Nowruz, tile and tulip”'s stars, whose Repeater stands before their stroke.
"""
# By title: what lottie-web draws of the export, and what that says. Looked at frame by frame.
AGAINST_WEB = {
    "Benchmark.aep : Benchmark": "The export's heart is missing in ours alone. The star's number of points lies "
    "between two whole ones, which each of the three renderers draws its own way",
    "DynamicGradient.aep : DyanamicGradient": "lottie-web and our renderer, too, draw the export black to white; the "
    "project's colours are not in it",
    "Multiline.aep : Box Position": "lottie-web breaks where we do",
    "Multiline.aep : Multiline 2": "lottie-web breaks where we do, its lines stand as high and begin and end within "
    "two pixels of ours; but a D is 82 pixels high in our substitute for Helvetica and 85 in the export",
    "Skew.aep : Comp 2": "Against lottie-web it is like any other pair",
}
MASKS = (
    "- **Masks.aep : Mask**: not in doubt by the list, but project and export were saved at different times. The "
    "export moves “Shape Layer 1” from x = 176.5 to 235, the project holds it still at 205.5; "
    "where both agree, in the middle of the five frames, the similarity is 0.999. lottie-web is no measure here: it "
    "draws every mask as one that adds."
)


class Row(NamedTuple):
    title: str
    ours: Path
    reference: Path
    ssim: float
    drawn: float | None
    ceiling: float | None
    doubt: str = ""
    player: float | None = None
    web: float | None = None


LOTTIE_WEB = "5.13.0"
PAGE = """<!doctype html><meta charset="utf-8">
<style>html, body, #at {{ margin: 0; width: 100%; height: 100%; overflow: hidden; background: {background} }}</style>
<div id="at"></div><script src="node_modules/lottie-web/build/player/lottie.min.js"></script><script>
const animation = lottie.loadAnimation({{
  container: document.getElementById("at"), renderer: "svg", loop: false, autoplay: false, animationData: {lottie}
}});
</script>"""

PLAYER_PACKAGE = "@lottiefiles/dotlottie-web"
PLAYER = """
import fs from "node:fs";
import { DotLottie } from "@lottiefiles/dotlottie-web";
const [, , lottie, width, height, frames, out] = process.argv;
const wasm = fs.readFileSync("node_modules/@lottiefiles/dotlottie-web/dist/dotlottie-player.wasm").toString("base64");
DotLottie.setWasmUrl(`data:application/wasm;base64,${wasm}`);
const player = new DotLottie({
  canvas: { width: +width, height: +height }, data: JSON.parse(fs.readFileSync(lottie, "utf8")), autoplay: false,
  useFrameInterpolation: false, renderConfig: { devicePixelRatio: 1, autoResize: false },
});
await new Promise((resolve, reject) => {
  player.addEventListener("load", resolve);
  player.addEventListener("loadError", (event) => reject(event.error));
});
for (const frame of frames.split(",")) {
  player.setFrame(+frame);
  fs.writeFileSync(`${out}/${frame}.rgba`, player.buffer);
}
process.exit(0);
"""


def main() -> int:
    score = tool()
    client = EngineClient(1)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        cache = Path(tempfile.gettempdir()) / "fidelity-reference"
        cli = [sys.executable, "-m", "flatrender"]
        arguments = SimpleNamespace(background=BACKGROUND, cache=cache, cli=cli, timeout=300)
        try:
            samples = sample_rows(score, client, arguments, folder / "samples")
            demos = demo_rows(score, client, arguments, folder / "demos")
        finally:
            client.close()
        sheet(samples, ROOT / "docs" / "images" / "fidelity-samples.webp")
        sheet(demos, ROOT / "docs" / "images" / "fidelity-demos.webp")
    doubts = [f"- **{row.title}**: {row.doubt}. {AGAINST_WEB[row.title]}." for row in samples if row.doubt]
    text = INTRODUCTION.format(
        date=today(), web=LOTTIE_WEB, samples=table(samples), doubts="\n".join([*doubts, MASKS]), demos=table(demos)
    )
    (ROOT / "docs" / "fidelity.md").write_text(text, encoding="utf-8")
    return 0


def tool() -> Any:
    place = SHARED / "tools" / "fidelity" / "score.py"
    spec = importlib.util.spec_from_file_location("score", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def today() -> str:
    import datetime

    return f"{datetime.datetime.now(datetime.UTC):%-d %B %Y}"


def sample_rows(score: Any, client: EngineClient, arguments: Any, folder: Path) -> list[Row]:
    pairs = score.read_pairs(SHARED / "corpus", "dev")
    for pair in pairs:
        pair["export"] = json.loads(pair["json"].read_text("utf-8-sig"))
    score.draw_references(pairs, arguments, folder)
    packages(folder, f"lottie-web@{LOTTIE_WEB}")
    rows = []
    program = find_chromium()
    assert program is not None
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=program) as browser:
        for number, pair in enumerate(pairs):
            rows.append(sample_row(score, client, arguments, folder, number, pair, browser))
    return rows


def sample_row(
    score: Any,
    client: EngineClient,
    arguments: Any,
    folder: Path,
    number: int,
    pair: dict[str, Any],
    browser: Browser,
) -> Row:
    found = score.score_pair(pair, number, arguments, folder)
    place = folder / f"{number:03d}"
    title = f"{Path(pair['name']).name} : {pair['comp']}"
    ceiling = export_drawn(score, client, pair, place / "ceiling")
    drawn = by_lottie_web(browser, folder, pair, place)
    ours = [place / "candidate" / f"{frame:06d}.png" for frame, _ in pair["frames"]]
    alike = [score.compare(page, own, BACKGROUND)[0] for page, own in zip(drawn, ours, strict=True)]
    web = sum(alike) / len(alike)
    middle = len(ours) // 2
    print(f"{found['mean']:.4f} {web:.4f} {title}", file=sys.stderr)
    reference = pair["frames"][middle][1]
    return Row(title, ours[middle], reference, found["mean"], found["content"], ceiling, pair["doubt"], web=web)


def by_lottie_web(browser: Browser, folder: Path, pair: dict[str, Any], place: Path) -> list[Path]:
    """The export's frames as Chromium shows them."""
    export, pictures = pair["export"], []
    lottie = json.dumps(export).replace("</", "<\\/")
    document = folder / "page.html"
    document.write_text(PAGE.format(background=BACKGROUND, lottie=lottie), encoding="utf-8")
    page = browser.new_page(viewport={"width": export["w"], "height": export["h"]})
    try:
        page.goto(document.as_uri())
        page.wait_for_function("animation.isLoaded")
        for frame, _ in pair["frames"]:
            page.evaluate("frame => animation.goToAndStop(frame, true)", frame - round(export["ip"]))
            pictures.append(place / f"{frame:06d}-web.png")
            page.screenshot(path=pictures[-1])
    finally:
        page.close()
    return pictures


def export_drawn(score: Any, client: EngineClient, pair: dict[str, Any], folder: Path) -> float:
    """The mean similarity of bodymovin's own JSON drawn by our renderer."""
    folder.mkdir()
    export, scores = pair["export"], []
    size = (export["w"], export["h"])
    first = round(export["ip"])
    numbers = [frame - first for frame, _ in pair["frames"]]  # ThorVG counts from the first frame, as Skottie
    drawn = client.rasteriser.frames(
        pair["json"].read_bytes().removeprefix(b"\xef\xbb\xbf"), *size, numbers, BACKGROUND
    )
    for (frame, reference), view in zip(pair["frames"], drawn, strict=True):
        out = folder / f"{frame:06d}.png"
        Image.frombytes("RGBA", size, bytes(view)).convert("RGB").save(out)
        scores.append(score.compare(reference, out, BACKGROUND)[0])
    return float(sum(scores) / len(scores))


def demo_rows(score: Any, client: EngineClient, arguments: Any, folder: Path) -> list[Row]:
    rows = []
    module = player_module(folder / "player")
    for demo in DEMOS:
        bundle = demo.build(folder / "bundles")
        report = client.scan(bundle, survey=False, layers=False)
        film = next(one for one in report.compositions if one.name in ("frfinal", "flatrender"))
        place = folder / demo.slug
        place.mkdir()
        lottie, _ = client.lottie_bytes(bundle, film.id, {})
        (place / "lottie.json").write_bytes(lottie)
        pair = {"json": place / "lottie.json", "export": json.loads(lottie)}
        score.draw_references([pair], arguments, place / "work")
        size = film.width, film.height
        scores: list[float] = []
        content: list[float] = []
        numbers = [frame for frame, _ in pair["frames"]]
        played = by_the_player(module, place / "lottie.json", size, numbers)
        alike = []
        for (frame, reference), view in zip(
            pair["frames"], client.rasteriser.frames(lottie, *size, numbers, BACKGROUND), strict=True
        ):
            out = place / f"{frame:06d}.png"
            Image.frombytes("RGBA", size, bytes(view)).convert("RGB").save(out)
            backed = Image.new("RGBA", size, BACKGROUND)
            backed.alpha_composite(played[len(scores)])
            player = place / f"{frame:06d}-player.png"
            backed.convert("RGB").save(player)
            alike.append(score.compare(player, out, BACKGROUND)[0])
            whole, drawn = score.compare(reference, out, BACKGROUND)
            scores.append(whole)
            content.append(whole if drawn is None else drawn)
        middle, reference = pair["frames"][len(pair["frames"]) // 2]
        mean = sum(scores) / len(scores), sum(content) / len(content)
        rows.append(Row(demo.name, place / f"{middle:06d}.png", reference, *mean, None, "", sum(alike) / len(alike)))
    return rows


def player_module(folder: Path) -> Path:
    """A folder with the player as pages load it, and the script that draws with it."""
    folder.mkdir(parents=True)
    pages = (ROOT / "flatrender" / "ui" / "components" / "studio" / "__init__.py").read_text("utf-8")
    package = re.search(rf'"({PLAYER_PACKAGE}@[^"]+)"', pages)
    assert package is not None
    packages(folder, package[1])
    (folder / "player.mjs").write_text(PLAYER)
    return folder


def packages(folder: Path, *names: str) -> None:
    node = find_node()
    assert node is not None
    npm = Path(node.path).with_name("npm")
    words: list[str | Path] = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, *names]
    assert run(words, limits=Limits(wall_seconds=300)).returncode == 0


def by_the_player(module: Path, lottie: Path, size: tuple[int, int], numbers: list[int]) -> list[Image.Image]:
    node = find_node()
    assert node is not None
    out = lottie.with_suffix(".player")
    out.mkdir()
    words: list[str | Path] = [node.path, "player.mjs", lottie, *map(str, size), ",".join(map(str, numbers)), out]
    done = run(words, limits=Limits(wall_seconds=120), cwd=module)
    assert done.returncode == 0, done.stderr.decode()
    return [Image.frombytes("RGBA", size, (out / f"{number}.rgba").read_bytes()) for number in numbers]


def sheet(rows: list[Row], out: Path) -> None:
    """Our frame and the reference side by side, so many pairs in a line, as WebP."""
    wide, high = 2 * TILE[0] + GAP, TILE[1] + LABEL
    lines = -(-len(rows) // COLUMNS)
    canvas = Image.new("RGB", (COLUMNS * (wide + 2 * GAP), lines * (high + GAP)), "white")
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(14)
    for number, row in enumerate(rows):
        left, top = (number % COLUMNS) * (wide + 2 * GAP) + GAP, (number // COLUMNS) * (high + GAP)
        ceiling = "" if row.ceiling is None else f", ceiling {row.ceiling:.4f}"
        pen.text((left, top + 2), row.title.replace("‎", ""), fill="black", font=font)
        pen.text((left, top + 17), f"{row.ssim:.4f}{ceiling}{' (in doubt)' if row.doubt else ''}", "#555", font)
        for place, path in enumerate((row.ours, row.reference)):
            with Image.open(path) as picture:
                tile = picture.convert("RGB")
            tile.thumbnail(TILE)
            canvas.paste(tile, (left + place * (TILE[0] + GAP), top + LABEL))
    canvas.save(out, "WEBP", quality=70, method=6)


def table(rows: list[Row]) -> str:
    demos = any(row.player is not None for row in rows)
    lines = [f"| pair | SSIM | drawn | ceiling | {'player' if demos else 'lottie-web'} | |", "| --- |" + " --- |" * 5]
    for row in rows:
        cells = (row.drawn, row.ceiling, row.player if demos else row.web)
        drawn, ceiling, last = ("" if one is None else f"{one:.4f}" for one in cells)
        note = "in doubt" if row.doubt else ""
        lines.append(f"| {row.title} | {row.ssim:.4f} | {drawn} | {ceiling} | {last} | {note} |")
    counted = [row for row in rows if not row.doubt]
    ssim, drawn_mean = (
        sum(values) / len(counted) for values in zip(*((r.ssim, r.drawn or 0) for r in counted), strict=True)
    )
    players = [row.player for row in counted if row.player is not None]
    player = f"{sum(players) / len(players):.4f}, at least {min(players):.4f}" if players else ""
    lines.append(f"| mean of those not in doubt | {ssim:.4f} | {drawn_mean:.4f} | | {player} | |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
