"""What a site's own role may see and do of which things: whose rows, which fields; creating, changing and deleting.

Enforced where rows are read and written, not where they are asked for: whatever service changes a project, a file, a
render, a template or a key for somebody with such a role is looked at when its session flushes, and by every bulk
statement; whatever reads finds the rows that may be seen alone. Hidden fields are taken out of what leaves (see
`api.hiding`). Who has none of these roles is looked at nowhere. Work in the background is nobody's: what a role allowed
is then done.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, event, inspect, or_
from sqlalchemy.orm import Mapper, ORMExecuteState, Session, UOWTransaction, with_loader_criteria

from flatrender.core import ready
from flatrender.core.errors import Forbidden, InvalidInput, NotFound

CREATE, CHANGE, DELETE = "create", "change", "delete"
ACTIONS = (CREATE, CHANGE, DELETE)


@dataclass(frozen=True)
class Resource:
    """Things that rules speak of: their table, whose a row is, and which fields may be kept as they are.

    A row is changed where any of its columns is; but for those that `follow`: what work, upkeep or a look at the thing
    leaves in them is nobody's change. `removed`: the column that is set in place of deleting the row, and emptied in
    place of making it. `hideable`: parts of an answer that may be kept from people; nothing is worked out from them.
    `draft`: the state in which a row is its maker's; in others it is everybody's, whatever a rule says of reading.
    """

    table: str
    owner: str
    fields: tuple[str, ...]
    follow: frozenset[str] = frozenset()
    removed: str = ""
    hideable: tuple[str, ...] = ()
    draft: str = ""


_INGEST = """state progress problem problem_code notes ingest kind content_type key width height duration
rate_num rate_den frames has_audio has_alpha thumbnail_key proxy_key sprite_key sprite peaks_key
peaks used_at delete_at"""
_TASKS = """state progress note seconds_left expected_seconds node_name scenes scenes_cached retries error error_code
plan picture_key started_at finished_at updated_at"""
RESOURCES: Mapping[str, Resource] = {
    "projects": Resource("project", "user_id", ("name", "state", "document")),
    "media": Resource(
        "media", "user_id", ("name", "folder_id"), follow=frozenset(_INGEST.split()), removed="deleted_at"
    ),
    "renders": Resource(
        "render_job",
        "user_id",
        ("priority", "cancel_requested"),
        follow=frozenset(_TASKS.split()),
        hideable=("title", "user", "error"),
    ),
    "templates": Resource(
        "template",
        "created_by",
        ("name", "description", "state", "category_id", "kind"),
        follow=frozenset({"poster_key", "preview_key", "preview_of", "dominant_color", "updated_at"}),
        hideable=("file_name",),
        draft="draft",
    ),
    "keys": Resource(
        "api_key",
        "user_id",
        ("name", "expires_at", "revoked_at"),
        follow=frozenset({"last_used_at", "last_address"}),
        removed="revoked_at",
        hideable=("last_used_at", "last_address"),
    ),
}
_BY_TABLE = {resource.table: name for name, resource in RESOURCES.items()}


@dataclass(frozen=True)
class Rule:
    """What may be seen and done of one kind of thing. `own`: only one's own is changed; `fixed`: fields that stay as
    they are; `read_own`: only one's own is seen; `hidden`: fields that are not."""

    may: frozenset[str] = frozenset(ACTIONS)
    own: bool = False
    fixed: frozenset[str] = frozenset()
    read_own: bool = False
    hidden: frozenset[str] = frozenset()

    def to_dict(self) -> dict[str, Any]:
        may = [action for action in ACTIONS if action in self.may]
        seen = {"read": "own" if self.read_own else "all", "hidden": sorted(self.hidden)}
        return {"may": may, "own": self.own, "fixed": sorted(self.fixed), **seen}


@dataclass(frozen=True)
class Limit:
    """A site's own role, as far as it limits: permissions, and a rule for each kind of thing that has one."""

    name: str
    permissions: frozenset[str]
    rules: tuple[tuple[str, Rule], ...] = ()


def read(given: Mapping[str, Any]) -> tuple[tuple[str, Rule], ...]:
    """Rules from JSON. Raises InvalidInput for a thing, an action or a field that there is not."""
    found = []
    for name, said in given.items():
        resource = RESOURCES.get(name)
        if resource is None or not isinstance(said, dict):
            raise _unknown(f"There are no rules for “{name[:40]}”.")
        may, fixed = said.get("may", list(ACTIONS)), said.get("fixed", [])
        if not isinstance(may, list) or not all(action in ACTIONS for action in may):
            raise _unknown(f"What may be done with {name} is some of: {', '.join(ACTIONS)}.")
        if not isinstance(fixed, list) or not all(field in resource.fields for field in fixed):
            raise _unknown(f"The fields of {name} are: {', '.join(resource.fields)}.")
        read_, hidden = said.get("read", "all"), said.get("hidden", [])
        if read_ not in {"all", "own"}:
            raise _unknown(f"Of {name} a role reads all or own.")
        if not isinstance(hidden, list) or not all(field in resource.hideable for field in hidden):
            raise _unknown(f"Of {name} may be hidden: {', '.join(resource.hideable) or 'nothing'}.")
        own = bool(said.get("own", False))
        found.append((name, Rule(frozenset(may), own, frozenset(fixed), read_ == "own", frozenset(hidden))))
    return tuple(sorted(found, key=lambda each: each[0]))


def _unknown(said: str) -> InvalidInput:
    return InvalidInput(said, field="rules", code="unknown-rule")


@dataclass(frozen=True)
class _Acting:
    user_id: str
    limits: tuple[Limit, ...]


_acting: ContextVar[_Acting | None] = ContextVar("acting", default=None)
ready.WATCHING.append(lambda: _acting.get() is not None)


def obey(user_id: str, limits: tuple[Limit, ...]) -> None:
    """From now on, in this request or event, what is written is held against these roles; without any, against none."""
    _acting.set(_Acting(user_id, limits) if limits else None)


@contextmanager
def lifted() -> Iterator[None]:
    """Here no role counts: what is done was somebody's right in any case."""
    before = _acting.set(None)
    try:
        yield
    finally:
        _acting.reset(before)


def hidden(limits: Collection[Limit], name: str) -> frozenset[str]:
    """Which fields of a kind of thing these roles hide."""
    rules_ = [rule for limit in limits for named, rule in limit.rules if named == name]
    return frozenset[str]().union(*(rule.hidden for rule in rules_))


def sees_all(limits: Collection[Limit], name: str) -> bool:
    """Whether these roles let others' things of a kind be seen."""
    return not any(rule.read_own for limit in limits for named, rule in limit.rules if named == name)


def _rules(acting: _Acting, name: str) -> Iterator[tuple[str, Rule]]:
    for limit in acting.limits:
        for named, rule in limit.rules:
            if named == name:
                yield limit.name, rule


_PERSIAN = "_fa"


def _held(rule: Rule, changed: frozenset[str]) -> frozenset[str]:
    """What was changed of that which stays as it is: a field in Persian is the field."""
    return rule.fixed & {each.removesuffix(_PERSIAN) for each in changed}


def _check(acting: _Acting, name: str, action: str, owner: str | None, changed: frozenset[str] = frozenset()) -> None:
    """`owner` None: rows of many, which are told apart by the statement."""
    for role, rule in _rules(acting, name):
        if action not in rule.may:
            raise Forbidden(f"Your role “{role}” may not {action} {name}.", code="role-rule")
        if rule.own and owner is not None and owner != acting.user_id:
            raise Forbidden(f"Your role “{role}” may {action} only your own {name}.", code="role-own")
        if kept := _held(rule, changed):
            field = sorted(kept)[0]
            raise Forbidden(f"Your role “{role}” may not change {field} of {name}.", code="role-field", field=field)


def require(name: str, action: str) -> None:
    """Refuses before long work what `before_flush` would refuse after it. Raises Forbidden."""
    if (acting := _acting.get()) is not None:
        _check(acting, name, action, None)


@event.listens_for(Session, "before_flush")
def _look(session: Session, context: UOWTransaction, instances: object) -> None:
    acting = _acting.get()
    if acting is None:
        return
    made: dict[int, object] = session.info.setdefault("made", {})  # what was made here is finished here as well
    for row in session.new:
        if (name := _named(row)) is not None:
            _check(acting, name, CREATE, None)
            made[id(row)] = row
    for row in session.deleted:
        if (name := _named(row)) is not None and id(row) not in made:
            _check(acting, name, DELETE, getattr(row, RESOURCES[name].owner))
    for row in session.dirty:
        if (name := _named(row)) is not None and id(row) not in made:
            _look_at_change(acting, name, row)


def _look_at_change(acting: _Acting, name: str, row: object) -> None:
    resource, seen = RESOURCES[name], inspect(row)
    columns = (each.key for each in seen.mapper.column_attrs)
    changed = {each for each in columns if seen.attrs[each].history.has_changes()} - resource.follow
    # Whose it was: nobody makes a thing their own to change it.
    before = seen.attrs[resource.owner].history.deleted
    owner = before[0] if before else getattr(row, resource.owner)
    if resource.removed in changed:
        action = CREATE if getattr(row, resource.removed) is None else DELETE
        _check(acting, name, action, owner, frozenset({resource.removed}))
        # What is had again is what it is now: its place may be gone, its name be the one it is sent with.
        changed = set() if action == CREATE else changed - {resource.removed}
    if changed:
        _check(acting, name, CHANGE, owner, frozenset(changed))


@event.listens_for(Session, "do_orm_execute")
def _look_for(state: ORMExecuteState) -> None:
    """What is selected of things of which one's own alone are seen: in lists, counts, searches, and by id."""
    acting = _acting.get()
    # What a change looks at on its way is the service's matter (see `require_seen`): others' jobs may wait for it.
    if acting is None or not state.is_select or not state.session.info.get("read_only"):
        return
    for name, model in _models.items():
        if not sees_all(acting.limits, name):
            seen = _seen(model, RESOURCES[name], acting.user_id)
            state.statement = state.statement.options(with_loader_criteria(model, seen, include_aliases=True))


def require_seen(row: object) -> None:
    """Raises NotFound for a thing that is there, and that whoever acts may not see."""
    acting, name = _acting.get(), _named(row)
    if acting is None or name is None or sees_all(acting.limits, name):
        return
    resource = RESOURCES[name]
    shared = bool(resource.draft) and getattr(row, "state", "") != resource.draft
    if not shared and getattr(row, resource.owner) != acting.user_id:
        raise NotFound(f"There is nothing of this id among your {name}.")


def _seen(model: Any, resource: Resource, user_id: str) -> ColumnElement[bool]:
    own: ColumnElement[bool] = getattr(model, resource.owner) == user_id
    return or_(own, model.state != resource.draft) if resource.draft else own


_models: dict[str, Any] = {}  # by the name of the kind of thing


@event.listens_for(Mapper, "mapper_configured")
def _know(mapper: "Mapper[Any]", model: Any) -> None:
    if (name := _named(model)) is not None:
        _models[name] = model


@event.listens_for(Session, "do_orm_execute")
def _look_at_many(state: ORMExecuteState) -> None:
    acting = _acting.get()
    if acting is None or not (state.is_update or state.is_delete) or state.bind_mapper is None:
        return
    name = _BY_TABLE.get(str(getattr(state.bind_mapper.local_table, "name", "")))
    if name is None:
        return
    resource = RESOURCES[name]
    _check(acting, name, DELETE if state.is_delete else CHANGE, None, frozenset(resource.fields))
    if any(rule.own for _, rule in _rules(acting, name)):
        model = state.bind_mapper.class_
        own = getattr(model, resource.owner) == acting.user_id
        state.statement = state.statement.options(with_loader_criteria(model, own))


def _named(row: object) -> str | None:
    return _BY_TABLE.get(str(getattr(row, "__tablename__", "")))
