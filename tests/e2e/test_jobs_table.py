"""The job table and the job page, live: filter, sort, several at once, boost seen by others, steps, log, download."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from flatrender.core.ids import new_id
from flatrender.film.probe import probe
from flatrender.renders import writer
from flatrender.renders.models import RenderJob
from flatrender.tenants import service as tenants
from tests.deadline import until
from tests.e2e.catalogue import bundle, project_of, published
from tests.e2e.pages import fits
from tests.e2e.running import Studio
from tests.e2e.studio_pages import JobTable

SEEN_WITHIN_MS = 1000
TRIES = 3  # a busy machine may stand still for as long, but not each time

# Notes when a job's priority is another one than it was: the moment of the change, not of the question.
NOTE_PRIORITY = """
(job) => {
  const shown = () => document.querySelector(`.ag-row[row-id="${job}"] [data-priority]`)?.dataset.priority;
  const before = shown();
  window.seenAt = null;
  new MutationObserver(() => {
    const now = shown();
    if (window.seenAt === null && now !== undefined && now !== before) window.seenAt = Date.now();
  }).observe(document.body, { subtree: true, childList: true, attributes: true });
}
"""

# Tells the page something in the moment in which its table begins to be made: an observer would hear of it when all is
# done that is done in one go, which on a busy machine are the rows as well.
TELLS_EARLY = """
const Real = SharedWorker;
let port = null;
window.SharedWorker = class extends Real {
  constructor(...all) {
    super(...all);
    port = this.port;
  }
};
for (const name of ["appendChild", "insertBefore"]) {
  const put = Node.prototype[name];
  Node.prototype[name] = function (...all) {
    const done = put.apply(this, all);
    if (window.toldEarly === undefined && port && document.querySelector(".grid-host")) {
      window.toldEarly = !document.querySelector(".ag-row");
      port.onmessage({ data: { message: TOLD } });
    }
    return done;
  };
}
"""


@pytest.fixture(scope="module")
def template(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> str:
    with closing(studio.client()) as api:
        return published(api, bundle("promo", tmp_path_factory.mktemp("promo"), called="For the table"))


@pytest.fixture
def held(api: httpx.Client) -> Iterator[None]:
    """Nothing is claimed while the test runs: what is sent waits."""
    assert api.post("/api/v1/farm/pause", json={}).is_success
    yield
    assert api.post("/api/v1/farm/resume").is_success


@pytest.fixture
def send(api: httpx.Client, template: str) -> Callable[[str], str]:
    """`send(name)` makes a project of that name and renders it; the job's id."""

    def submit(name: str) -> str:
        project = project_of(api, template, name)
        answer = api.post("/api/v1/renders", json={"project_id": project})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    return submit


@pytest.mark.usefixtures("held")
def test_a_boost_is_seen_by_another_person_within_a_second(
    new_page: Callable[..., Page], send: Callable[[str], str]
) -> None:
    jobs = [send(f"Boosted by the other, {number}") for number in range(TRIES)]
    mine, theirs = JobTable(new_page(admin=True)), JobTable(new_page(admin=True))
    mine.page.evaluate("() => addEventListener('click', () => (window.pressedAt = Date.now()), true)")
    took: list[int] = []
    for job in jobs:
        expect(theirs.row(job)).to_be_visible()
        theirs.page.evaluate(NOTE_PRIORITY, job)
        before = mine.row(job).locator("[data-priority]").inner_text()
        mine.row(job).locator('[data-act="boost"]').click()
        theirs.page.wait_for_function("() => window.seenAt !== null")
        took.append(theirs.page.evaluate("() => window.seenAt") - mine.page.evaluate("() => window.pressedAt"))
        assert took[-1] >= 0
        expect(theirs.row(job).locator("[data-priority]")).not_to_have_text(before)
        if took[-1] <= SEEN_WITHIN_MS:
            return
    raise AssertionError(f"{took} ms")


@pytest.mark.usefixtures("held")
def test_jobs_are_found_sorted_and_cancelled_together(admin_page: Page, send: Callable[[str], str]) -> None:
    word = new_id()[-8:]
    titles = [f"{word} {letter}" for letter in "ABC"]
    first, second, third = (send(title) for title in titles)
    table = JobTable(admin_page)
    table.search(word)
    expect(table.page.locator(".ag-row[row-id]")).to_have_count(3)
    table.sort("Project")
    until(lambda: table.titles() == titles, what="the order by title")
    table.sort("Project")
    until(lambda: table.titles() == titles[::-1], what="the other way")

    table.select(first, second)
    expect(table.page.get_by_role("toolbar")).to_contain_text("2 selected")
    table.bulk("cancel")
    for job in (first, second):
        expect(table.row(job).locator("[data-state]")).to_have_attribute("data-state", "CANCELLED")
    expect(table.page.get_by_role("toolbar", name="What to do with the selected jobs")).to_have_count(0)

    table.filter("Cancelled")
    expect(table.row(third)).to_have_count(0)
    expect(table.row(first)).to_be_visible()
    table.select(first, second)
    table.bulk("retry")
    table.filter("Cancelled")
    expect(table.page.locator(".ag-row[row-id]")).to_have_count(5)
    # What is searched for comes by itself, what is not does not.
    other, fourth = send("Of another search"), send(f"{word} D")
    expect(table.row(fourth)).to_be_visible()
    expect(table.row(other)).to_have_count(0)
    expect(table.row(first).get_by_role("checkbox", name="Select this row")).to_be_visible()


def test_a_job_that_is_not_there_leads_back_to_all(admin_page: Page) -> None:
    admin_page.goto("/jobs/nothing")
    expect(admin_page.get_by_role("heading", name="This job is not here")).to_be_visible()
    admin_page.get_by_role("main").get_by_role("link", name="All jobs").last.click()
    expect(admin_page).to_have_url(re.compile("/jobs$"))


def test_a_job_s_page_tells_how_it_went(admin_page: Page, send: Callable[[str], str], tmp_path: Path) -> None:
    page = admin_page
    job = send("Looked into")
    table = JobTable(page)
    expect(table.row(job).locator("[data-state]")).to_have_attribute("data-state", "COMPLETED", timeout=90_000)
    table.row(job).locator(".job-title").click()
    panel = page.locator(".jobs-side")
    expect(panel.get_by_role("heading", name="Looked into")).to_be_visible()
    wide = page.viewport_size
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(page.locator(".work-bar").get_by_role("button", name="Emergency stop")).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("combobox", name="Group")).to_be_in_viewport(ratio=1)
    assert page.locator(".jobs-filters").evaluate("(bar) => bar.offsetHeight") <= 60, "in one line"
    page.set_viewport_size(wide or {"width": 1440, "height": 900})
    panel.get_by_role("link", name="Open as a page").click()
    expect(page).to_have_url(re.compile(f"/jobs/{job}"))
    expect(page.get_by_role("heading", name="Looked into")).to_be_visible()

    for step, times in (("validate", 1), ("scene", 2), ("compose", 1)):
        expect(page.locator(f'.job-panel.wide .job-step.done[data-step="{step}"]')).to_have_count(times)
    expect(page.get_by_role("log")).to_contain_text(re.compile("film", re.IGNORECASE))
    page.locator("summary", has_text="Configuration").click()
    expect(page.locator(".job-json")).to_contain_text('"document"')
    page.evaluate("navigator.clipboard.writeText = (text) => ((window.copied = text), Promise.resolve())")
    page.locator('[data-act="copy-configuration"]').click()
    assert '"document"' in page.evaluate("window.copied")
    with page.expect_download() as started:
        page.locator('[data-act="download"]').click()
    film = tmp_path / started.value.suggested_filename
    started.value.save_as(film)
    assert probe(film).frames == 24
    page.context.add_cookies([{"name": "fr_language", "value": "fa", "url": page.url}])
    page.reload()
    for said in ("فیلم آماده است", "پیوند صحنه‌ها: انجام شد"):
        expect(page.get_by_role("log")).to_contain_text(said)
    expect(page.get_by_role("log").locator("bdi:not([dir=rtl])")).to_have_count(0)  # every line is ours


@pytest.mark.usefixtures("held")
def test_a_waiting_job_is_cancelled_and_sent_again_from_its_page(admin_page: Page, send: Callable[[str], str]) -> None:
    page, job = admin_page, send("On its page")
    page.goto(f"/jobs/{job}")
    page.locator('[data-act="cancel"]').click()
    expect(page.locator(".job-panel [data-state]").first).to_have_attribute("data-state", "CANCELLED")
    page.locator('[data-act="retry"]').click()
    expect(page.get_by_text("Sent again as a new job")).to_be_visible()


@pytest.mark.usefixtures("held")
def test_what_is_told_late_undoes_nothing(
    admin_page: Page, send: Callable[[str], str], api: httpx.Client, studio: Studio
) -> None:
    """A process was overtaken between its commit and its message."""
    job, next_job = send("Ended meanwhile"), send("Heard behind it")
    table = JobTable(admin_page)
    table.row(job).click()
    panel = admin_page.locator(f'[data-job="{job}"]')
    late, behind = (api.get(f"/api/v1/renders/{each}").json() for each in (job, next_job))
    assert api.post(f"/api/v1/renders/{job}/cancel").is_success
    shown = [told.locator("[data-state]").first for told in (table.row(job), panel)]
    for state in shown:
        expect(state).to_have_attribute("data-state", "CANCELLED")
    steps = [{**step, "state": "CLAIMED"} for step in late["steps"]]
    with studio.bus() as bus:
        bus.publish("farm", {"kind": "job", "job": {**late, "state": "RENDERING"}, "steps": steps})
        bus.publish("farm", {"kind": "job", "job": {**behind, "title": "Heard by now"}})
    expect(table.row(next_job)).to_contain_text("Heard by now")
    for state in shown:
        expect(state).to_have_attribute("data-state", "CANCELLED")
    expect(panel.locator(".job-step.cancelled")).to_have_count(len(steps))


@pytest.mark.usefixtures("held")
def test_what_is_told_while_the_table_is_made_is_shown(
    admin_page: Page, send: Callable[[str], str], api: httpx.Client
) -> None:
    """The rows are there, the table is not yet: nothing takes a change up but what is known."""
    job = send("Told too early")
    late = api.get(f"/api/v1/renders/{job}").json()
    told = {**late, "title": "Told in time", "updated_at": "2100-01-01T00:00:00+00:00"}
    admin_page.add_init_script(TELLS_EARLY.replace("TOLD", json.dumps({"kind": "job", "job": told})))
    table = JobTable(admin_page)
    expect(table.row(job)).to_contain_text("Told in time")
    assert admin_page.evaluate("() => window.toldEarly"), "the table was not there when it was told"


def test_a_site_s_people_read_live_that_the_farm_is_stopped(
    new_page: Callable[..., Page], studio: Studio, api: httpx.Client, template: str
) -> None:
    """Who may not look at the farm: in the row and in its panel, of a job of which nothing else is told meanwhile."""
    page = new_page()
    with closing(studio.person()) as person:
        later = {"project_id": project_of(person, template, "Held up"), "not_before": "2100-01-01T00:00:00Z"}
        job = person.post("/api/v1/renders", json=later).json()["id"]
        page.context.add_cookies([{"name": "fr_session", "value": person.cookies["fr_session"], "url": studio.url}])
        row = JobTable(page).row(job)
        row.click()
        panel = page.locator(f'[data-job="{job}"]')
        expect(panel).to_contain_text("Waits for a node")
        assert api.post("/api/v1/farm/pause", json={}).is_success
        try:
            for told in (row, panel):
                expect(told).to_contain_text("The farm is stopped")
            expect(page.locator('[data-act="boost"]')).to_have_count(0)
        finally:
            assert api.post("/api/v1/farm/resume").is_success
        for told in (row, panel):
            expect(told).to_contain_text("Waits for a node")
        person.post(f"/api/v1/renders/{job}/cancel")


def test_the_jobs_of_several_sites_say_whose_they_are(
    admin_page: Page, new_page: Callable[..., Page], studio: Studio, send: Callable[[str], str], held: None
) -> None:
    """To those who run the house; nobody else reads what other sites are called."""
    here = send("Of the house")
    with studio.session() as session:
        name = f"North {new_id()[-8:]}"
        north = tenants.create(session, slug=name.lower().replace(" ", "-"), name=name).id
        job = RenderJob(tenant_id=north, user_id=new_id(), user_name="Nora", title="Far", document={})
        writer.opened(session, job)
        there = job.id
    table = JobTable(admin_page)
    expect(table.row(there)).to_contain_text(name)
    expect(table.row(here)).not_to_contain_text(name)
    admin_page.get_by_label("Site").select_option(north)
    expect(table.row(here)).to_have_count(0)
    also = send("Of the house too")
    table.row(there).click()
    expect(admin_page.locator(f'[data-job="{there}"] dl')).to_contain_text(name)
    expect(table.row(also)).to_have_count(0)
    page = new_page()
    with closing(studio.person()) as person:
        page.context.add_cookies([{"name": "fr_session", "value": person.cookies["fr_session"], "url": studio.url}])
    JobTable(page)
    expect(page.get_by_label("Site")).to_have_count(0)


def test_a_table_without_matches_offers_the_way_back(admin_page: Page, send: Callable[[str], str]) -> None:
    job = send("Somewhere")
    table = JobTable(admin_page)
    table.search("no job is called so")
    expect(admin_page.get_by_role("heading", name="No job matches")).to_be_visible()
    admin_page.get_by_role("button", name="Show all jobs").click()
    expect(table.row(job)).to_be_visible()


@pytest.mark.usefixtures("held")
def test_on_a_phone_a_job_is_a_card_with_its_actions(new_page: Callable[..., Page], send: Callable[[str], str]) -> None:
    name = f"Pocket {new_id()[-8:]}"
    job = send(name)
    page = new_page(admin=True, width=390, height=844, has_touch=True, is_mobile=True)
    card = JobTable(page).row(job)
    expect(card.locator("[data-state]")).to_have_text(re.compile("Waiting|Queued|Checking"))
    expect(card).to_contain_text(name)
    cancel = card.get_by_role("button", name=f"Cancel {name}")
    going_on = page.get_by_role("button", name="Start the farm again")  # where the emergency stop stands otherwise
    expect(going_on).to_be_in_viewport(ratio=1)
    assert going_on.evaluate("(button) => parseFloat(getComputedStyle(button).fontSize)") >= 12, "in words"
    box = cancel.bounding_box()
    assert box is not None
    assert box["width"] >= 44 and box["height"] >= 44 and box["x"] + box["width"] <= 390
    cancel.tap()
    expect(card.locator("[data-state]")).to_have_text("Cancelled")
    card.get_by_role("button", name=f"Try {name} again").tap()
    expect(page.locator(".job-card", has_text=name)).to_have_count(2)
    fits(page)
