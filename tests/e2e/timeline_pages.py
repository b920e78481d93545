"""Page object of the timeline, and a film to cut: texts, a picture, sounds and two scenes of half a second.

In a phone's world clips are taken with a finger where no key is held, and what is taken is brought into view before.
"""

import base64
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Locator, expect

from tests.deadline import until
from tests.e2e.studio_pages import Studio

# What scrolls is the timeline alone: the page around it, which may not, would go along with `scrollIntoView`.
TO_THE_MIDDLE = """
(one) => {
  const view = one.closest(".tl-scroll");
  const [box, clip] = [view, one].map((each) => each.getBoundingClientRect());
  view.scrollLeft += clip.left + clip.width / 2 - box.left - box.width / 2;
  view.scrollTop += clip.top + clip.height / 2 - box.top - box.height / 2;
}
"""
Layout = dict[str, tuple[str, int, int]]
TEXTS = {"one": (0, 60), "two": (100, 60), "three": (200, 100)}


def upload(api: httpx.Client, file: Path) -> str:
    """Puts a file into the user's media; its id."""
    with file.open("rb") as stream:
        answer = api.post("/api/v1/media", files={"file": (file.name, stream)})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def send(api: httpx.Client, film: Path) -> str:
    """Uploads a film as pages do; its id."""
    data = film.read_bytes()
    name = base64.b64encode(film.name.encode()).decode()
    tus = {"Tus-Resumable": "1.0.0"}
    more = {"Upload-Length": str(len(data)), "Upload-Metadata": f"filename {name}"}
    url = api.post("/api/v1/media/uploads", headers=tus | more).headers["location"]
    piece = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
    return str(api.patch(url, content=data, headers=tus | piece).headers["upload-media"])


def ready(api: httpx.Client, media: str, seconds: float = 60) -> str:
    """Waits until a node has read a file; its id."""
    until(lambda: api.get(f"/api/v1/media/{media}").json()["state"] == "ready", seconds, "the file's ingest")
    return media


def film(api: httpx.Client, project: str, picture: str, sound: str) -> None:
    """Gives a new project tracks `texts`, `pictures`, `voice` and `music`; the film lasts 300 frames."""
    tracks = (("pictures", "image"), ("texts", "text"), ("voice", "voice"))
    ops: list[dict[str, Any]] = [{"op": "add_track", "track": {"id": name, "kind": kind}} for name, kind in tracks]
    for name, (at, duration) in TEXTS.items():
        clip = {"id": name, "text": name.capitalize(), "duration": duration}
        ops.append({"op": "insert_clip", "track": "texts", "at": at, "clip": clip})
    image = {"id": "photo", "media": picture, "duration": 60}
    ops.append({"op": "insert_clip", "track": "pictures", "at": 50, "clip": image})
    voice = {"id": "line", "media": sound, "duration": 60, "offset": 20}
    ops.append({"op": "insert_clip", "track": "voice", "at": 120, "clip": voice})
    edit(api, project, ops)


def edit(api: httpx.Client, project: str, ops: Sequence[dict[str, Any]]) -> None:
    """Edits a project as a program would."""
    revision = api.get(f"/api/v1/projects/{project}").json()["project"]["revision"]
    body = {"op_id": f"setup{revision}", "base_revision": revision, "ops": list(ops)}
    answer = api.post(f"/api/v1/projects/{project}/ops", json=body)
    assert answer.status_code == 200, answer.text


class Timeline(Studio):
    """The editor, seen from its timeline."""

    def ready(self) -> "Timeline":
        """Waits until the clips are drawn."""
        expect(self.clip("three")).to_be_visible()
        return self

    def clip(self, name: str) -> Locator:
        """A clip on its lane."""
        return self.page.locator(f'.tl-clip[data-clip="{name}"]')

    @property
    def chosen(self) -> list[str]:
        """The ids of the clips that are chosen."""
        return [str(clip.get_attribute("data-clip")) for clip in self.page.locator(".tl-clip.on").all()]

    @property
    def scroller(self) -> Locator:
        return self.page.locator(".tl-scroll")

    @property
    def ruler(self) -> Locator:
        return self.page.get_by_role("slider", name=self.say("timeline.position"), exact=True)

    def act(self, name: str) -> Locator:
        """A button of the editor, by what it does."""
        return self.page.locator(f'[data-act="{name}"]').first

    def told(self, key: str, **values: object) -> None:
        """Waits until screen readers are told so."""
        expect(self.page.locator(".timeline > [role=status]")).to_have_text(self.say(f"timeline.{key}", **values))

    @property
    def guide(self) -> Locator:
        """The line at what a dragged edge sticks to, with its name."""
        return self.page.locator(".tl-guide")

    @property
    def frame(self) -> int:
        """Where the playhead is."""
        return int(self.ruler.get_attribute("aria-valuenow") or -1)

    @property
    def scale(self) -> float:
        """Pixels per frame."""
        read = "one => parseFloat(one.style.getPropertyValue('--frame'))"
        return float(self.page.locator(".tl-canvas").evaluate(read))

    def box(self, name: str) -> dict[str, float]:
        """Where a clip lies on the page."""
        found = self.clip(name).bounding_box()
        assert found is not None
        return dict(found)

    def place_of(self, track: str, frame: int) -> tuple[float, float]:
        """A place on a track's lane."""
        row = self.page.locator(f'.tl-row[data-row="{track}"], .tl-row[data-kind="{track}"]').first.bounding_box()
        assert row is not None
        return self.box("one")["x"] + frame * self.scale, row["y"] + row["height"] / 2

    def seek(self, frame: int) -> None:
        """Puts the playhead on a frame with the keyboard."""
        self.page.keyboard.press("Home")
        seconds, rest = divmod(frame, 25)
        for _ in range(seconds):
            self.page.keyboard.press("Shift+ArrowRight")
        for _ in range(rest):
            self.page.keyboard.press("ArrowRight")
        expect(self.ruler).to_have_attribute("aria-valuenow", str(frame))

    def bring(self, name: str) -> None:
        """Scrolls a clip to the middle: on a phone the film does not fit."""
        if self.world.phone:
            self.clip(name).evaluate(TO_THE_MIDDLE)

    def choose(self, *names: str) -> None:
        """Chooses clips: further ones with Shift, or on a phone with taps while several are chosen."""
        for number, name in enumerate(names):
            self.bring(name)
            clip, position = self.clip(name), self._middle(name)
            if not self.world.phone:
                clip.click(modifiers=["Shift"] if number else [], position=position)
                continue
            if number == 1:
                self.act("several").tap()
            clip.tap(position=position)
        if self.world.phone and len(names) > 1:
            self.act("several").tap()

    def _middle(self, name: str) -> Any:
        box = self.box(name)
        return {"x": box["width"] / 2, "y": box["height"] - 5}

    def at(self, name: str, part: str = "body") -> tuple[float, float]:
        """A place to take hold of a clip: its body, or an edge."""
        box = self.box(name)
        x = {"body": box["width"] / 2, "start": 2.0, "end": box["width"] - 2}[part]
        return box["x"] + x, box["y"] + box["height"] - 5

    @contextmanager
    def held(
        self, name: str, frames: float = 0, *, part: str = "body", down: float = 0, keys: Sequence[str] = ()
    ) -> Iterator[None]:
        """Takes hold of a clip and moves it by so many frames (and pixels down); lets go afterwards."""
        self.bring(name)
        x, y = self.at(name, part)
        away = frames * self.scale  # now: what is dragged may change its length
        if self.world.phone and not keys:
            with self.fingers() as touch:
                touch("touchStart", (x, y))
                expect(self.scroller).to_have_attribute("data-gesture", re.compile("."))
                for share in (0.4, 0.8, 1.0):
                    touch("touchMove", (x + away * share, y + down * share))
                yield
                touch("touchEnd")
            return
        mouse = self.page.mouse
        mouse.move(x, y)
        mouse.down()
        for key in keys:
            self.page.keyboard.down(key)
        mouse.move(x + away / 2, y + down / 2)
        mouse.move(x + away, y + down, steps=3)
        yield
        mouse.up()
        for key in keys:
            self.page.keyboard.up(key)

    def drag(self, name: str, frames: float = 0, **options: Any) -> None:
        """A whole drag."""
        with self.held(name, frames, **options):
            pass

    @contextmanager
    def fingers(self) -> Iterator[Callable[..., None]]:
        """Fingers on the screen: called with the event's kind and where they are."""
        browser = self.page.context.new_cdp_session(self.page)

        def touch(kind: str, *places: tuple[float, float]) -> None:
            points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
            browser.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        yield touch
        browser.detach()

    def layout(self, api: httpx.Client) -> Layout:
        """The document after a reload: where each clip lies, as the server tells it then and the page shows it."""
        self.saved()
        self.page.reload()
        expect(self.page.locator(".tl-clip").first).to_be_visible()
        read = "all => all.map(one => [one.dataset.clip, Number(one.style.getPropertyValue('--at'))])"
        places: Layout = {}
        wanted: dict[str, int] = {}
        shown: dict[str, int] = {}

        def agree() -> bool:
            nonlocal places, wanted, shown
            kept = api.get(f"/api/v1/projects/{self.project_id}").json()["layout"]
            places = {one["clip"]: (one["track"], one["start"], one["end"]) for one in kept}
            wanted = {name: start for name, (_, start, _) in places.items()}
            shown = dict(self.page.locator(".tl-clip").evaluate_all(read))
            return shown == wanted

        with suppress(AssertionError):
            until(agree, 15)
        says = self.page.locator("[data-save]").get_attribute("data-save")
        assert shown == wanted, f"the page shows {shown} as {says}, the server keeps {wanted}"
        return places
