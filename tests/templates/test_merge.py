from flatrender.templates.merge import Outline, Part, diff, plan


def _element(key: str, manual: tuple[str, ...] = (), gone: bool = False, **facts: object) -> Part:
    return Part(key, {"name": key.title(), "kind": "text", "addresses": ["1/1"], **facts}, frozenset(manual), gone)


def _scene(key: str, *elements: Part, gone: bool = False, **facts: object) -> Part:
    return Part(key, {"name": key.title(), "frames": 100, "composition_id": 1, **facts}, gone=gone, elements=elements)


def _color(key: str, value: str, manual: tuple[str, ...] = ()) -> Part:
    return Part(key, {"name": key.title(), "value": value}, frozenset(manual))


STORED = Outline(
    scenes=(
        _scene("opening", _element("title", font_size=96.0), _element("logo", kind="image"), _element("date")),
        _scene("closing", _element("address", ("default",), default="Here")),
    ),
    colors=(_color("coral", "#E8634A"), _color("teal", "#2BBFAE")),
)
SCANNED = Outline(
    scenes=(
        _scene(
            "opening",
            _element("title", font_size=104.0, addresses=["1/9"]),
            _element("date", addresses=["1/7"]),
            _element("note"),
        ),
        _scene("photo", _element("photo", kind="image")),
        _scene("closing", _element("address", default="There")),
    ),
    colors=(_color("coral", "#FF0000"), _color("night", "#101430")),
)


def _ids(outline_changes) -> dict[str, str]:
    return {change.id: change.state for change in outline_changes}


def test_a_diff_names_what_was_added_changed_and_removed() -> None:
    assert _ids(diff(STORED, SCANNED)) == {
        "element:opening/title": "changed",
        "element:opening/note": "added",
        "element:opening/logo": "removed",
        "scene:photo": "added",
        "element:closing/address": "changed",
        "color:coral": "changed",
        "color:night": "added",
        "color:teal": "removed",
    }


def test_changes_are_said_in_words() -> None:
    sentences = {change.id: change.sentence for change in diff(STORED, SCANNED)}
    assert sentences["element:opening/title"] == "Font size 96 → 104"
    assert sentences["element:closing/address"] == "Default Here → There, your edit is kept"
    assert sentences["color:night"] == "Added in this scan"
    assert sentences["element:opening/logo"] == "Gone from the file"


def test_nothing_changed_is_no_change() -> None:
    assert diff(STORED, STORED) == ()
    assert plan(STORED, STORED, ["scene:opening"]) == ()


def test_only_what_is_ticked_is_merged_but_places_follow_the_file() -> None:
    steps = {step.id: step for step in plan(STORED, SCANNED, ["element:opening/note", "color:coral"])}
    assert steps["element:opening/note"].action == "add"
    assert steps["color:coral"].facts["value"] == "#FF0000"
    title = steps["element:opening/title"]
    assert title.action == "update"
    assert title.facts["addresses"] == ["1/9"]
    assert title.facts["font_size"] == 96.0
    assert steps["element:opening/date"].facts["addresses"] == ["1/7"]
    assert steps["element:opening/logo"].action == "mark_gone"
    assert steps["color:teal"].action == "mark_gone"
    assert "scene:photo" not in steps
    assert "color:night" not in steps
    assert "element:closing/address" not in steps


def test_a_ticked_removal_removes_and_an_added_scene_brings_its_elements() -> None:
    steps = [(step.action, step.id) for step in plan(STORED, SCANNED, ["element:opening/logo", "scene:photo"])]
    assert ("remove", "element:opening/logo") in steps
    assert steps.index(("add", "scene:photo")) < steps.index(("add", "element:photo/photo"))


def test_what_comes_back_is_an_addition_again() -> None:
    gone = Outline(scenes=(_scene("opening", _element("title", gone=True)), _scene("end", _element("x"), gone=True)))
    back = Outline(scenes=(_scene("opening", _element("title")), _scene("end", _element("x"))))
    assert _ids(diff(gone, back)) == {"element:opening/title": "added", "scene:end": "added"}
    assert plan(gone, back, []) == ()
    actions = {step.id: step.action for step in plan(gone, back, ["element:opening/title", "scene:end"])}
    assert actions == {"element:opening/title": "update", "scene:end": "update", "element:end/x": "update"}


def test_what_was_marked_gone_is_not_reported_twice() -> None:
    stored = Outline(scenes=(_scene("opening", _element("title", gone=True)),))
    assert diff(stored, Outline(scenes=(_scene("opening"),))) == ()
    assert plan(stored, Outline(scenes=(_scene("opening"),)), ["element:opening/title"])[0].action == "remove"


def test_a_change_has_a_json_form() -> None:
    change = next(change for change in diff(STORED, SCANNED) if change.id == "element:opening/title")
    assert change.to_dict() == {
        "id": "element:opening/title",
        "kind": "element",
        "state": "changed",
        "key": "title",
        "scene": "opening",
        "name": "Title",
        "sentence": "Font size 96 → 104",
        "changes": [
            {
                "field": "font_size",
                "before": 96.0,
                "after": 104.0,
                "kept": False,
                "follows": False,
                "sentence": "Font size 96 → 104",
            }
        ],
    }
