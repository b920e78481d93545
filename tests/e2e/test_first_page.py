"""The first page: last projects, the palette above them, a render that is followed as it goes."""

import re
from collections.abc import Callable
from contextlib import closing

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.catalogue import bundle, published
from tests.e2e.running import Studio as Running

NewPage = Callable[..., Page]
NAMES = ("Northern lights", "A quiet film", "بهار در کویر")


@pytest.fixture(scope="module")
def template(studio: Running, tmp_path_factory: pytest.TempPathFactory) -> str:
    with closing(studio.client()) as api:
        return published(api, bundle("promo", tmp_path_factory.mktemp("first"), called="First page"))


@pytest.fixture
def person(new_page: NewPage, request: pytest.FixtureRequest) -> Page:
    """Somebody with an account of their own, made for this test alone."""
    page = new_page()
    sign_up(page, request.node.name)
    return page


def sign_up(page: Page, name: str) -> None:
    account = {
        "email": f"{re.sub(r'[^a-z]', '', name)[:40]}@example.com",
        "password": "a password of ten",
        "name": "Sara",
    }
    assert page.context.request.post("/api/v1/auth/sign-up", data=account).ok


def make_projects(page: Page, template: str) -> dict[str, str]:
    made = {}
    for name in NAMES:
        answer = page.context.request.post("/api/v1/projects", data={"template_id": template, "name": name})
        assert answer.status == 201
        made[name] = answer.json()["id"]
    return made


def test_a_render_is_followed_on_the_first_page(person: Page, template: str) -> None:
    page = person
    made = make_projects(page, template)
    page.goto("/home")
    renders = page.get_by_role("region", name="Renders")
    expect(renders).to_contain_text("Nothing renders now.")
    expect(page.get_by_role("link", name="3 projects")).to_be_visible()
    expect(page.get_by_role("region", name="Recent projects").locator("article.card")).to_have_count(3)
    page.keyboard.press("Control+k")
    page.keyboard.type("northern")
    expect(page.locator("[data-command^=project-]")).to_have_count(1)
    page.keyboard.press("Escape")
    sent = page.context.request.post("/api/v1/renders", data={"project_id": made["Northern lights"]})
    row = renders.locator(f"[data-job='{sent.json()['id']}']")
    expect(row).to_contain_text("Northern lights")
    expect(row).to_have_attribute("data-state", "COMPLETED", timeout=120_000)
    expect(row.get_by_role("link", name="Download the film of Northern lights")).to_be_visible()
    expect(page.get_by_role("link", name="1 film this month")).to_be_visible()
