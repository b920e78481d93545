"""From a keystroke to the changed picture in Chromium: the heaviest demo, every text of all its scenes, by letters."""

import statistics
from collections.abc import Callable
from contextlib import closing

import httpx
from playwright.sync_api import Browser

from tests.benchmarks.table import Figure
from tests.deadline import until
from tests.e2e.catalogue import project_of
from tests.e2e.conftest import knows_the_studio
from tests.e2e.running import Studio

DEMO = "Hear the room"
LETTERS = "sphinxofblackquartz"
WITHIN_MS = 50

# From the event's own time stamp to the animation frame that follows the drawing; in between, when the answer came.
MEASURE = """
() => {
  window.shown = [];
  let told = null;
  // Resolves with so many keystrokes shown: to look for it in every frame would be work beside what is measured.
  window.whenShown = (count) => new Promise((done, fail) => {
    setTimeout(() => fail(new Error("a keystroke was not shown")), 30000);
    told = () => shown.length >= count && done();
    told();
  });
  let pressed = 0, asked = 0, answered = 0;
  const came = () => (answered = performance.now());
  document.addEventListener("keydown", (event) => (pressed = event.timeStamp), true);
  const ask = window.fetch;
  window.fetch = async (...given) => {
    const bake = String(given[0]).endsWith("/bake");
    if (bake) asked = performance.now();
    const answer = await ask(...given);
    if (bake) came();
    return answer;
  };
  const send = WebSocket.prototype.send;
  const heard = new Set();
  WebSocket.prototype.send = function (text) {
    if (this.url.endsWith("/bakes")) asked = performance.now();
    if (this.url.endsWith("/bakes") && !heard.has(this)) {
      heard.add(this);
      const own = this.onmessage;
      this.onmessage = (message) => {
        came();
        own.call(this, message);
      };
    }
    return send.call(this, text);
  };
  new MutationObserver(() => {
    const drawn = performance.now();
    requestAnimationFrame(() => {
      const seen = performance.now();
      const parts = { key: asked - pressed, bake: answered - asked, draw: drawn - answered, frame: seen - drawn };
      if (pressed) shown.push({ all: seen - pressed, ...parts });
      pressed = 0;
      told?.();
    });
  }).observe(document.querySelector(".stage-host"), { subtree: true, attributeFilter: ["data-version"] });
}
"""
PARTS = {
    "key": "until the page has asked for the changed layer",
    "bake": "until that has come",
    "draw": "reading and drawing it",
    "frame": "until the next frame of the page",
}
SAVED = "[data-save=saved]"
SHOWN = "(count) => window.whenShown(count)"
CANVAS = '[...document.querySelectorAll(".stage-canvas")].find((one) => one.style.visibility === "visible")'
ENTERED = f"() => {CANVAS}.dataset.parts"
PIXELS = f"() => {CANVAS}.toDataURL()"


def at_rest(api: httpx.Client) -> None:
    """Waits until the node of a studio that has just been set up has made the demo's film."""
    templates = "/api/v1/templates"
    until(lambda: all(item["preview"] for item in api.get(templates).json()["items"]), 90, "the demo's film")


def p95(values: list[float]) -> float:
    return sorted(values)[round(0.95 * len(values)) - 1]


def test_a_keystroke_is_seen_at_once(one_demo: Studio, browser: Browser, figure: Callable[[Figure], None]) -> None:
    measured, texts = typed(one_demo, browser)
    for part, name in PARTS.items():
        spent = [one[part] for one in measured]
        note = f"95th percentile {p95(spent):.1f} ms"
        figure(Figure(f"of a keystroke, {name}, median", statistics.median(spent), "ms", note=note))
    every = [one["all"] for one in measured]
    note = f"{len(every)} keystrokes in {texts} texts"
    figure(Figure("keystroke to changed picture, median", statistics.median(every), "ms"))
    figure(Figure("the same, 95th percentile", p95(every), "ms", WITHIN_MS, note))


def typed(studio: Studio, browser: Browser) -> tuple[list[dict[str, float]], int]:
    """Types into every text of the demo: what each keystroke took by its parts, and how many texts there are."""
    with closing(studio.client()) as api:
        found = api.get("/api/v1/templates", params={"q": DEMO}).json()["items"]
        template = next(item for item in found if item["name"] == DEMO)
        project = project_of(api, template["id"], "Keystrokes")
        at_rest(api)
    context = browser.new_context(base_url=studio.url, viewport={"width": 1440, "height": 900})
    knows_the_studio(context, studio)
    context.request.post("/api/v1/auth/sign-in", data={"email": studio.email, "password": studio.password})
    page = context.new_page()
    page.goto(f"/studio/{project}")
    page.wait_for_selector(".stage-canvas[data-loaded]")
    page.wait_for_function("() => !document.querySelector('.stage-busy')")
    page.evaluate(MEASURE)
    scenes = page.locator(".studio > .studio-panel .scene-row")
    texts = count = 0
    for scene in range(scenes.count()):
        scenes.nth(scene).get_by_role("button").first.click()
        page.wait_for_function("() => !document.querySelector('.stage-busy')")
        fields = page.locator("[data-element] textarea")
        pictures = [page.evaluate(PIXELS)]
        for index in range(fields.count()):
            fields.nth(index).focus()
            page.wait_for_function(ENTERED)  # nobody types in the frame that a field is entered in
            page.wait_for_selector(SAVED)
            for letter in LETTERS:
                count += 1
                page.keyboard.press(letter)
                page.evaluate(SHOWN, count)
            pictures.append(page.evaluate(PIXELS))
        changed = len(set(pictures)) - 1
        assert changed >= fields.count() - 1, f"{changed} of {fields.count()} texts are seen at the designed moment"
        texts += fields.count()
    measured: list[dict[str, float]] = page.evaluate("() => window.shown")
    context.close()
    return measured, texts
