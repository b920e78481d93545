"""The second scan of a template: what was added, changed and removed, and the merge of what the designer ticks.

A template keeps two things apart for every scene, element and shared colour: the *facts* that a scan found, and the
designer's own edits over them. A merge touches facts alone, so an edit is never overwritten: a changed fact that the
designer has set by hand is reported with `kept`, and shows again only when the edit is taken back.

Facts are JSON values. Those in `FOLLOWING` tell the engine where things are; they follow the file without being asked.
So do size, rate and length of a scene (`SHAPE`): nothing else can be drawn of the new file. They are told all the same.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Facts = Mapping[str, Any]
Kind = Literal["scene", "element", "color"]
FOLLOWING = frozenset(
    {"addresses", "composition_id", "direction_addresses", "direction_words", "data", "control", "bounds"}
)
SHAPE = frozenset({"width", "height", "rate", "frames", "background"})  # of a scene
# Facts in the order people read them, and their names on screens.
LABELS = {
    "name": "Name",
    "kind": "Kind",
    "default": "Default",
    "value": "Colour",
    "font": "Font",
    "font_size": "Font size",
    "direction": "Direction",
    "width": "Width",
    "height": "Height",
    "frames": "Length in frames",
    "rate": "Frame rate",
    "source": "File",
    "choices": "Choices",
    "hidden": "Hidden",
    "group": "Group",
}


@dataclass(frozen=True)
class Part:
    """A scene, element or shared colour. `manual`: names of facts the designer has set by hand; `gone`: no longer in
    the file, kept for the designer's edits."""

    key: str
    facts: Facts
    manual: frozenset[str] = frozenset()
    gone: bool = False
    elements: tuple["Part", ...] = ()


@dataclass(frozen=True)
class Outline:
    """A template's parts, as stored or as just scanned."""

    scenes: tuple[Part, ...] = ()
    colors: tuple[Part, ...] = ()


@dataclass(frozen=True)
class FactChange:
    """One fact before and after. `kept`: the designer's own value stands over it; `follows`: taken, ticked or not."""

    field: str
    before: Any
    after: Any
    kept: bool = False
    follows: bool = False

    @property
    def sentence(self) -> str:
        """For people: `Font size 96 → 104`."""
        label = LABELS.get(self.field, self.field)
        aside = ", your edit is kept" if self.kept else ", follows the file" if self.follows else ""
        return f"{label} {_say(self.before)} → {_say(self.after)}{aside}"


@dataclass(frozen=True)
class Change:
    """A difference. `id` (`scene:opening`, `element:opening/title`, `color:coral`) is what gets ticked."""

    id: str
    kind: Kind
    state: Literal["added", "changed", "removed"]
    key: str
    scene: str | None
    name: str
    changes: tuple[FactChange, ...] = ()

    @property
    def sentence(self) -> str:
        """For people."""
        if self.state == "added":
            return "Added in this scan"
        if self.state == "removed":
            return "Gone from the file"
        return "; ".join(change.sentence for change in self.changes)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        changes = [
            {
                "field": c.field,
                "before": c.before,
                "after": c.after,
                "kept": c.kept,
                "follows": c.follows,
                "sentence": c.sentence,
            }
            for c in self.changes
        ]
        return {
            "id": self.id,
            "kind": self.kind,
            "state": self.state,
            "key": self.key,
            "scene": self.scene,
            "name": self.name,
            "sentence": self.sentence,
            "changes": changes,
        }


@dataclass(frozen=True)
class Step:
    """What to do to one part: `add`, `update` (facts), `remove`, or `mark_gone` (removed, but not ticked)."""

    action: Literal["add", "update", "remove", "mark_gone"]
    id: str
    kind: Kind
    key: str
    scene: str | None = None
    facts: Facts = field(default_factory=dict)


def change_id(kind: Kind, key: str, scene: str | None = None) -> str:
    """The id under which a part's change is ticked."""
    return f"{kind}:{scene}/{key}" if kind == "element" else f"{kind}:{key}"


def diff(stored: Outline, scanned: Outline) -> tuple[Change, ...]:
    """What a scan found against what is stored, scene by scene. The elements of an added scene come with it."""
    changes: list[Change] = []
    old_scenes, new_scenes = _by_key(stored.scenes), _by_key(scanned.scenes)
    for scene in scanned.scenes:
        old = old_scenes.get(scene.key)
        changes += _compare("scene", old, scene)
        if old is None or old.gone:
            continue
        old_elements, new_elements = _by_key(old.elements), _by_key(scene.elements)
        for element in scene.elements:
            changes += _compare("element", old_elements.get(element.key), element, scene.key)
        changes += [
            _change("removed", "element", gone, scene.key)
            for key, gone in old_elements.items()
            if key not in new_elements and not gone.gone
        ]
    changes += [
        _change("removed", "scene", old) for key, old in old_scenes.items() if key not in new_scenes and not old.gone
    ]
    old_colors, new_colors = _by_key(stored.colors), _by_key(scanned.colors)
    for color in scanned.colors:
        changes += _compare("color", old_colors.get(color.key), color)
    changes += [
        _change("removed", "color", old) for key, old in old_colors.items() if key not in new_colors and not old.gone
    ]
    return tuple(changes)


def ticked_at_first(changes: Iterable[Change]) -> list[str]:
    """What a designer finds ticked: all but removals."""
    return [change.id for change in changes if change.state != "removed"]


def found_again(stored: Outline, scanned: Outline) -> tuple[int, int]:
    """How many of the template's elements the scan found again, and how many there are; its scenes where it has no
    element. None of some: the file is of another project, whatever its scenes are called."""
    before, after = _elements_of(stored), _elements_of(scanned)
    if not before:
        before = {(scene.key, "") for scene in stored.scenes if not scene.gone}
        after = {(scene.key, "") for scene in scanned.scenes}
    return len(before & after), len(before)


def plan(stored: Outline, scanned: Outline, ticked: Iterable[str]) -> tuple[Step, ...]:
    """The steps that merge what is ticked. Facts that say where things are follow the file in any case."""
    chosen = frozenset(ticked)
    steps: list[Step] = []
    old_scenes, new_scenes = _by_key(stored.scenes), _by_key(scanned.scenes)
    for scene in scanned.scenes:
        old = old_scenes.get(scene.key)
        scene_steps = list(_merge_part("scene", old, scene, chosen))
        steps += scene_steps
        if old is None or old.gone:
            if scene_steps:  # an added scene brings its elements
                known = _by_key(old.elements) if old else {}
                steps += [
                    Step(
                        "update" if e.key in known else "add",
                        change_id("element", e.key, scene.key),
                        "element",
                        e.key,
                        scene.key,
                        e.facts,
                    )
                    for e in scene.elements
                ]
            continue
        old_elements = _by_key(old.elements)
        for element in scene.elements:
            steps += _merge_part("element", old_elements.get(element.key), element, chosen, scene.key)
        steps += _drop("element", old.elements, _by_key(scene.elements), chosen, scene.key)
    steps += _drop("scene", stored.scenes, new_scenes, chosen)
    old_colors = _by_key(stored.colors)
    for color in scanned.colors:
        steps += _merge_part("color", old_colors.get(color.key), color, chosen)
    steps += _drop("color", stored.colors, _by_key(scanned.colors), chosen)
    return tuple(steps)


def _compare(kind: Kind, old: Part | None, new: Part, scene: str | None = None) -> list[Change]:
    if old is None or old.gone:
        return [_change("added", kind, new, scene)]
    changes = tuple(
        FactChange(
            name,
            old.facts.get(name),
            new.facts.get(name),
            kept=name in old.manual,
            follows=kind == "scene" and name in SHAPE,
        )
        for name in _ordered({*old.facts, *new.facts} - FOLLOWING)
        if old.facts.get(name) != new.facts.get(name)
    )
    return [_change("changed", kind, new, scene, changes)] if changes else []


def _merge_part(
    kind: Kind, old: Part | None, new: Part, chosen: frozenset[str], scene: str | None = None
) -> Iterator[Step]:
    identifier = change_id(kind, new.key, scene)
    if old is None:
        if identifier in chosen:
            yield Step("add", identifier, kind, new.key, scene, new.facts)
        return
    if old.gone:
        if identifier in chosen:
            yield Step("update", identifier, kind, new.key, scene, new.facts)
        return
    if identifier in chosen:
        facts: Facts = new.facts
    else:
        following = FOLLOWING | SHAPE if kind == "scene" else FOLLOWING
        facts = {**old.facts, **{name: new.facts[name] for name in following if name in new.facts}}
    if facts != old.facts:
        yield Step("update", identifier, kind, new.key, scene, facts)


def _drop(
    kind: Kind, old: tuple[Part, ...], new: Mapping[str, Part], chosen: frozenset[str], scene: str | None = None
) -> Iterator[Step]:
    for part in old:
        if part.key in new:
            continue
        identifier = change_id(kind, part.key, scene)
        if identifier in chosen:
            yield Step("remove", identifier, kind, part.key, scene)
        elif not part.gone:
            yield Step("mark_gone", identifier, kind, part.key, scene)


def _change(
    state: Literal["added", "changed", "removed"],
    kind: Kind,
    part: Part,
    scene: str | None = None,
    changes: tuple[FactChange, ...] = (),
) -> Change:
    name = str(part.facts.get("name") or part.key)
    return Change(change_id(kind, part.key, scene), kind, state, part.key, scene, name, changes)


def _elements_of(outline: Outline) -> set[tuple[str, str]]:
    return {
        (scene.key, element.key)
        for scene in outline.scenes
        for element in scene.elements
        if not scene.gone and not element.gone
    }


def _by_key(parts: tuple[Part, ...]) -> dict[str, Part]:
    return {part.key: part for part in parts}


def _ordered(names: Iterable[str]) -> list[str]:
    known = list(LABELS)
    return sorted(names, key=lambda name: (known.index(name) if name in known else len(known), name))


def _say(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        value = ", ".join(_say(part.get("name", part) if isinstance(part, dict) else part) for part in value)
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"
