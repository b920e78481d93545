"""The farm's page and the job's: live tables, filters kept as views, a node beside its table, tasks as a graph."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.deadline import until
from tests.e2e.catalogue import bundle, project_of, published
from tests.e2e.running import Studio
from tests.e2e.studio_pages import JobTable

ROW = ".ag-row[row-id]"


@pytest.fixture(scope="module")
def job(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A finished job, by its id."""
    with closing(studio.client()) as api:
        template = published(api, bundle("promo", tmp_path_factory.mktemp("farm"), called="For the farm"))
        answer = api.post("/api/v1/renders", json={"project_id": project_of(api, template, "On the farm")})
        sent = str(answer.json()["id"])
        until(lambda: api.get(f"/api/v1/renders/{sent}").json()["state"] == "COMPLETED", 90, "the film")
        yield sent


def _save_view(page: Page, name: str) -> None:
    page.locator('[data-act="save-view"]').click()
    page.get_by_role("textbox", name="Name of the view").fill(name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name="Saved views").get_by_role("button", name=name, exact=True)).to_be_visible()


def test_the_farm_s_tables_and_the_job_s_pictures(admin_page: Page, job: str, api: httpx.Client) -> None:
    page = admin_page
    page.goto("/farm")
    [node] = api.get("/api/v1/nodes").json()["items"]
    row = page.locator(f'.ag-row[row-id="{node["id"]}"]')
    page.locator("[data-group]").select_option("engine")
    expect(page.locator(".farm-sums")).to_contain_text("native")
    expect(row).to_contain_text("On line")
    row.click()
    panel = page.locator(f'[data-node="{node["id"]}"]')
    expect(panel.get_by_role("heading", name=node["name"])).to_be_visible()
    expect(panel.get_by_role("log")).to_contain_text(re.compile("started|done", re.IGNORECASE))
    panel.locator('[data-act="drain"]').click()
    expect(row).to_contain_text("Draining")
    panel.locator('[data-act="resume"]').click()
    expect(row).to_contain_text("On line")
    expect(panel.get_by_role("img", name=re.compile("^Processor|^Memory")).first).to_be_visible()

    page.locator('[data-tab="tasks"]').click()
    tasks = page.locator(ROW, has_text="On the farm")
    expect(tasks).to_have_count(4)
    states = page.get_by_role("group", name="State")
    states.get_by_role("button", name=re.compile("^Cancelled")).click()
    expect(tasks).to_have_count(0)
    _save_view(page, "What was cancelled")
    states.get_by_role("button", name=re.compile("^Cancelled")).click()
    expect(tasks).to_have_count(4)
    page.locator("[data-group]").select_option("node")
    expect(page.locator(".farm-sums")).to_contain_text(node["name"])
    page.reload()
    page.get_by_role("button", name="What was cancelled", exact=True).click()
    expect(tasks).to_have_count(0)
    page.get_by_role("button", name="Forget the view What was cancelled").click()
    expect(page.get_by_role("button", name="What was cancelled", exact=True)).to_have_count(0)

    page.goto(f"/jobs/{job}")
    graph = page.get_by_role("group", name="Tasks as a graph")
    expect(graph.locator("[data-graph]")).to_have_count(4)
    for number, kind in enumerate(("validate", "scene", "scene", "compose")):
        expect(graph.locator("[data-graph]").nth(number)).to_have_attribute("data-graph", kind)
    expect(page.locator('.attempts [data-outcome="complete"]')).to_have_count(4)


def test_a_view_of_the_jobs_is_kept(new_page: Callable[..., Page], job: str) -> None:
    table = JobTable(new_page(admin=True))
    expect(table.row(job)).to_be_visible()
    table.page.locator("[data-group]").select_option("state")
    done = table.page.locator(".farm-sums", has_text="Done")
    expect(done).to_have_count(1)
    table.filter("Failed")
    expect(table.row(job)).to_have_count(0)
    expect(done).to_have_count(0)
    _save_view(table.page, "Failures")
    table.filter("Failed")
    table.page.get_by_role("button", name="To any day").click()
    table.page.keyboard.press("PageUp")  # this day of the month before
    table.page.keyboard.press("Enter")
    expect(table.page.get_by_role("heading", name="No job matches")).to_be_visible()
    table.page.get_by_role("button", name="Clear “To”").click()
    expect(table.row(job)).to_be_visible()
    again = JobTable(table.page)
    again.page.get_by_role("group", name="Saved views").get_by_role("button", name="Failures", exact=True).click()
    expect(again.row(job)).to_have_count(0)
