"""Playing in the studio without a GPU: scenes, a film and a picture above each other, at 1080p in full screen."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from playwright.sync_api import Browser

from flatrender.core import process
from flatrender.film.ffmpeg import find_ffmpeg
from tests.benchmarks.table import Figure
from tests.benchmarks.test_keystroke_to_picture import DEMO, at_rest
from tests.e2e.catalogue import project_of
from tests.e2e.conftest import knows_the_studio
from tests.e2e.running import Studio
from tests.e2e.timeline_pages import edit, ready, send, upload
from tests.media.files import picture

SECONDS = 5
SCREEN = {"width": 1920, "height": 1080}

# How many different frames of the scene and of the film come onto the stage while it plays, and for how long it did.
PLAY = """
async (seconds) => {
  const seen = { scene: 0, film: 0 };
  const frames = (records) => new Set(records.map((one) => one.target.dataset.frame)).size;
  const changed = new MutationObserver((records) => (seen.scene += frames(records)));
  changed.observe(document.querySelector(".stage-host"), { subtree: true, attributeFilter: ["data-frame"] });
  const film = document.querySelector(".stage-host video");
  const next = () => { seen.film += 1; film.requestVideoFrameCallback(next); };
  film.requestVideoFrameCallback(next);
  const began = performance.now();
  await new Promise((done) => setTimeout(done, 1000 * seconds));
  if (!document.fullscreenElement) throw new Error("this is no full screen");
  changed.disconnect();
  const spent = (performance.now() - began) / 1000;
  const canvas = [...document.querySelectorAll(".stage-canvas")].find((one) => one.style.visibility === "visible");
  return { scene: seen.scene / spent, film: seen.film / spent, width: canvas.width, height: canvas.height };
}
"""


def _moving(path: Path) -> Path:
    words = [find_ffmpeg(), "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=1920x1080:r=30:d=8", "-c:v", "libx264"]
    words += ["-preset", "ultrafast", "-pix_fmt", "yuv420p", str(path)]
    done = process.run([str(word) for word in words], limits=process.Limits(wall_seconds=120))
    assert done.returncode == 0, done.stderr.decode()
    return path


def test_three_tracks_play(
    one_demo: Studio, browser: Browser, figure: Callable[[Figure], None], tmp_path: Path
) -> None:
    studio = one_demo
    with closing(studio.client()) as api:
        found = api.get("/api/v1/templates", params={"q": DEMO}).json()["items"]
        template = next(item for item in found if item["name"] == DEMO)
        project = project_of(api, template["id"], "Playing")
        film = ready(api, send(api, _moving(tmp_path / "moving.mp4")), 120)
        photo = upload(api, picture(tmp_path / "photo.png", (1920, 1080)))
        ops: list[dict[str, object]] = []
        for kind, media, fit in (("video", film, 0.5), ("image", photo, 0.25)):
            ops.append({"op": "add_track", "track": {"id": kind, "kind": kind}})
            clip = {"id": f"{kind}1", "media": media, "duration": 200, "place": {"width": fit, "height": fit}}
            ops.append({"op": "insert_clip", "track": kind, "at": 0, "clip": clip})
        edit(api, project, ops)
        at_rest(api)
    context = browser.new_context(base_url=studio.url, viewport=SCREEN)
    knows_the_studio(context, studio)
    context.request.post("/api/v1/auth/sign-in", data={"email": studio.email, "password": studio.password})
    page = context.new_page()
    page.goto(f"/studio/{project}")
    page.wait_for_selector(".stage-canvas[data-loaded]")
    page.keyboard.press("f")
    page.wait_for_function("() => document.fullscreenElement && !document.querySelector('.stage-busy')")
    page.keyboard.press("Space")
    page.wait_for_selector(".stage-host video")
    seen = page.evaluate(PLAY, SECONDS)
    context.close()
    note = f"scenes on {seen['width']} x {seen['height']}, a film and a picture over them; {SECONDS} s of full screen"
    name = "three tracks play at 1080p, frames of the scene a second"
    figure(Figure(name, seen["scene"], "", None, note, at_least=24))
    figure(Figure("the same, frames of the film a second", seen["film"], "", None, "requestVideoFrameCallback"))
