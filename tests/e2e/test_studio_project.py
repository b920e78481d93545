"""A project as a whole: versions, copies, timelines out and in; edits that outlive their page; two tabs."""

from pathlib import Path

import httpx
from playwright.sync_api import BrowserContext, Route, expect

from tests.e2e.catalogue import clips, document
from tests.e2e.pages import fits
from tests.e2e.studio_pages import Studio
from tests.e2e.worlds import EN, FA_PHONE

WORLDS = (EN, FA_PHONE)


def _type(editor: Studio, text: str) -> None:
    editor.text("title").fill(text)
    editor.text("title").blur()


def _menu(editor: Studio, entry: str) -> None:
    editor.page.locator('[data-act="project-menu"]').click()
    editor.page.get_by_role("menuitem", name=editor.say(f"studio.{entry}")).click()


def _title(api: httpx.Client, own_project: str) -> str | None:
    return clips(api, own_project)[0]["values"].get("title")


def test_a_version_is_kept_gone_back_to_and_the_way_back_undone(
    editor: Studio, api: httpx.Client, own_project: str
) -> None:
    page, say = editor.page, editor.say
    _type(editor, "First")
    editor.saved()
    _menu(editor, "versions")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(say("studio.version_name")).fill("Before the talk")
    dialog.get_by_role("button", name=say("studio.keep_version")).click()
    expect(dialog.get_by_text("Before the talk")).to_be_visible()
    box = dialog.bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= editor.world.width
    fits(page)
    named = dialog.get_by_role("button", name=say("studio.unname_version", name="Before the talk"))
    named.click()
    expect(named).to_have_count(0)
    dialog.get_by_role("button", name=say("studio.undo")).click()
    expect(named).to_be_visible()
    dialog.get_by_role("button", name=say("studio.close")).click()
    editor.text("subtitle").fill("Afterwards")
    _type(editor, "Second")
    editor.saved()
    _menu(editor, "versions")
    dialog.get_by_role("button", name=say("studio.restore_version", name="Before the talk")).click()
    expect(editor.text("title")).to_have_value("First")
    expect(page.get_by_text(say("studio.restored", name="Before the talk"))).to_be_visible()
    assert _title(api, own_project) == "First"
    page.locator("[data-sonner-toast]").get_by_role("button", name=say("studio.undo")).first.click()
    expect(editor.text("title")).to_have_value("Second")
    assert _title(api, own_project) == "Second"
    undo, redo = page.locator('[data-act="undo"]'), page.locator('[data-act="redo"]')
    redo.click()  # going back is a step like any other
    expect(editor.text("title")).to_have_value("First")
    expect(redo).to_be_disabled()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/restore", hold, times=1)
    with page.expect_request("**/restore"):
        undo.click()
    editor.text("subtitle").fill("Meanwhile")  # is not lost with the document that goes
    editor.text("subtitle").blur()
    held[0].continue_()
    expect(editor.text("title")).to_have_value("Second")
    expect(editor.text("subtitle")).to_have_value("Meanwhile")
    editor.saved()
    assert clips(api, own_project)[0]["values"]["subtitle"] == "Meanwhile"
    undo.click()
    expect(editor.text("subtitle")).to_have_value("Afterwards")  # as the document that came has it
    expect(editor.text("title")).to_have_value("Second")
    undo.click()  # and what was done before it is undone in its turn
    expect(editor.text("title")).to_have_value("First")
    editor.saved()
    assert _title(api, own_project) == "First"


def test_a_copy_and_a_timeline_out_and_in(editor: Studio, api: httpx.Client, own_project: str, tmp_path: Path) -> None:
    page = editor.page
    _type(editor, "Mine")
    with page.expect_download() as downloading:
        _menu(editor, "export_otio")
    file = tmp_path / "film.otio"
    downloading.value.save_as(file)
    with page.expect_file_chooser() as choosing:
        _menu(editor, "import_otio")
    choosing.value.set_files(file)
    page.wait_for_url(lambda url: own_project not in url)
    editor.opened()
    imported = editor.project_id
    assert document(api, imported) == document(api, own_project)
    expect(editor.text("title")).to_have_value("Mine")
    _menu(editor, "duplicate_project")
    page.wait_for_url(lambda url: imported not in url)
    editor.opened()
    assert document(api, editor.project_id) == document(api, own_project)


def test_what_was_not_saved_outlives_the_page(editor: Studio, api: httpx.Client, own_project: str) -> None:
    page, context = editor.page, editor.page.context
    page.route("**/ops", lambda route: route.fulfill(status=503, body="{}"))
    _type(editor, "Kept by the browser")
    expect(page.get_by_text(editor.say("studio.offline", count=1))).to_be_visible()
    page.close(run_before_unload=False)
    assert _title(api, own_project) is None
    again = Studio(context.new_page(), editor.world).open(own_project)
    again.saved()
    expect(again.text("title")).to_have_value("Kept by the browser")
    assert _title(api, own_project) == "Kept by the browser"
    assert len(api.get(f"/api/v1/projects/{own_project}/edits?after=0").json()["edits"]) == 1


def test_two_tabs_show_each_others_edits(editor: Studio, own_project: str, api: httpx.Client) -> None:
    context: BrowserContext = editor.page.context
    other = Studio(context.new_page(), editor.world).open(own_project)
    _type(editor, "From here")
    expect(other.text("title")).to_have_value("From here")
    other.text("subtitle").fill("From there")
    other.text("subtitle").blur()
    expect(editor.text("subtitle")).to_have_value("From there")
    expect(editor.text("title")).to_have_value("From here")
    assert clips(api, own_project)[0]["values"] == {"title": "From here", "subtitle": "From there"}
