"""Two people at two browsers: what one does, the other sees."""

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import httpx
import pytest
from playwright.sync_api import Page, expect

from flatrender.api import events
from tests.e2e.running import Studio

NewPage = Callable[..., Page]
JOBS = 3
ROWS = re.compile(r"/api/v1/renders\?")
BACK_WITHIN = 60_000  # ms: each refusal makes a browser wait longer, and the server is to notice who has gone

# Notes when the row's priority becomes another one; the clock is the machine's, the same for both browsers.
WATCH_PRIORITY = """
(id) => {
  const row = () => document.querySelector(`.ag-row[row-id="${id}"] [data-priority]`);
  const before = row().dataset.priority;
  window.seenAt = new Promise((resolve) => {
    const look = () => {
      if (row() && row().dataset.priority !== before) resolve(Date.now());
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
  });
}
"""


def _jobs(person: Page, template_id: str) -> list[str]:
    """Sends several films that nobody rendered before."""
    ids = []
    for _ in range(JOBS):
        made = person.request.post("/api/v1/projects", data={"template_id": template_id})
        assert made.ok, made.text()
        opened = person.request.get(f"/api/v1/projects/{made.json()['id']}").json()
        project = opened["project"]
        clip = next(track for track in opened["document"]["tracks"] if track["kind"] == "scene")["items"][0]
        text = secrets.token_hex(4)
        op = {"op": "set_value", "clip": clip["id"], "key": "name", "value": text}
        commit = {"base_revision": project["revision"], "op_id": secrets.token_hex(16), "ops": [op]}
        answer = person.request.post(f"/api/v1/projects/{project['id']}/ops", data=commit)
        assert answer.ok, answer.text()
        sent = person.request.post("/api/v1/renders", data={"project_id": project["id"]})
        assert sent.ok, sent.text()
        ids.append(sent.json()["id"])
    return ids


@pytest.fixture
def held(api: httpx.Client) -> Iterator[None]:
    """Nothing is claimed while the test runs: what is sent waits, and may be boosted."""
    assert api.post("/api/v1/farm/pause", json={}).is_success
    yield
    assert api.post("/api/v1/farm/resume").is_success


@pytest.mark.usefixtures("held")
def test_an_admins_boost_is_seen_by_the_other_within_a_second(
    new_page: NewPage, studio: Studio, api: httpx.Client
) -> None:
    templates = api.get("/api/v1/templates", params={"q": "Clean lower third"}).json()["items"]
    person, admin = new_page(), new_page(admin=True)
    account = {"email": f"{secrets.token_hex(4)}@example.com", "password": "a long enough one", "name": "Nora"}
    assert person.request.post("/api/v1/auth/sign-up", data=account).ok
    for page in (person, admin):
        page.goto("/jobs")
        expect(page.locator('[data-live="open"]')).to_be_visible()

    jobs, took = _jobs(person, templates[0]["id"]), list[int]()
    for waiting in jobs:  # a busy machine may stand still for a second, but not each time
        row = f'.ag-row[row-id="{waiting}"]'
        for page in (person, admin):
            expect(page.locator(f"{row} [data-priority]").first).to_be_visible()
        person.evaluate(WATCH_PRIORITY, waiting)
        button = admin.locator(f'{row} [data-act="boost"]')
        expect(button).to_be_visible()
        pressed = button.evaluate("(button) => { const now = Date.now(); button.click(); return now; }")
        took.append(person.evaluate("() => window.seenAt") - pressed)
        expect(person.locator(f"{row} [data-priority]").first).to_have_text(re.compile(r"\d+"))
        if took[-1] < 1000:
            break
    assert min(took) < 1000, f"it took {took} ms"
    for job in jobs:
        api.post(f"/api/v1/renders/{job}/cancel")


def test_a_browser_comes_back_to_a_stream_that_was_refused(new_page: NewPage, studio: Studio) -> None:
    """The twenty-first stream of a person is refused, and had once there is room; what was missed is loaded."""
    page, person = new_page(), studio.person()
    page.context.add_cookies([{"name": "fr_session", "value": person.cookies["fr_session"], "url": studio.url}])
    with closing(person), ExitStack() as others:
        read = []  # to the end of the test: a stream whose reader is gone is closed
        for _ in range(events.MOST_OPEN):
            opened = others.enter_context(person.stream("GET", "/api/v1/events"))
            read.append(opened.iter_raw())
            assert next(read[-1])
        with person.stream("GET", "/api/v1/events") as refused:
            assert refused.status_code == 429
        with page.expect_response(ROWS):
            page.goto("/jobs")
        expect(page.locator('[data-live="lost"]')).to_be_visible()
        others.close()
        with page.expect_response(ROWS, timeout=BACK_WITHIN):  # what was missed meanwhile
            expect(page.locator('[data-live="open"]')).to_be_visible(timeout=BACK_WITHIN)
