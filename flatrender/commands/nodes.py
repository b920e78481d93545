"""`flatrender nodes list | show NODE | drain NODE | undrain NODE | forgive NODE`: the nodes, by id or by name."""

import argparse
from typing import TYPE_CHECKING, Any

from flatrender.commands import here

if TYPE_CHECKING:
    from sqlmodel import Session

_DEEDS = {
    "drain": "it ends what it runs and claims nothing more",
    "undrain": "it claims tasks again",
    "forgive": "it gets tasks of the engines that failed there again",
}
_COLUMNS = ("id", "name", "state", "slots", "running", "cpu", "memory", "engines", "problem")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    here.add_arguments(actions.add_parser("list", help="all nodes, those on line first"))
    for name, help_text in {"show": "a node and what it runs", **_DEEDS}.items():
        deed = actions.add_parser(name, help=help_text)
        deed.add_argument("node", metavar="NODE", help="its id, or its name where only one has it")
        here.add_arguments(deed)


def run(arguments: argparse.Namespace) -> int:
    """Does it; exit status 2 for a node that is not there."""
    from flatrender.access import audit
    from flatrender.core.db import DEFAULT_TENANT, get_database
    from flatrender.farm import nodes, operations, service

    here.enter(arguments)
    database = get_database()
    if arguments.action in _DEEDS:
        with database.system_session() as session:
            me, node_id = audit.machine(DEFAULT_TENANT), _find(session, arguments.node)
            if arguments.action == "forgive":
                operations.forgive(session, me, node_id)
            else:
                operations.drain(session, me, node_id, arguments.action == "drain")
        here.leave()
    with database.system_session(read_only=True) as session:
        running = service.running_by_node(session)
        wanted = _find(session, arguments.node) if "node" in arguments else None
        found = [
            {**nodes.as_dict(node), "tasks": running.get(node.id, [])}
            for node in nodes.every(session)
            if wanted in {None, node.id}
        ]
    if arguments.json:
        here.say_json(found if wanted is None else found[0])
        return 0
    print(here.table([_row(node) for node in found], _COLUMNS))
    for task in found[0]["tasks"] if wanted is not None else ():
        print(f"  {task['name']}  {round(100 * task['progress'])} %  {task['note']}".rstrip())
    return 0


def _find(session: "Session", wanted: str) -> str:
    """Raises NotFound, Conflict for a name that several have."""
    from flatrender.core.errors import Conflict, NotFound
    from flatrender.farm import nodes

    found = [node.id for node in nodes.every(session) if wanted in {node.id, node.name}]
    if not found:
        raise NotFound(f"There is no node “{wanted}”; `flatrender nodes list` shows all.")
    if len(found) > 1:
        raise Conflict(f"{len(found)} nodes are called “{wanted}”; give one's id: {', '.join(found)}.")
    return found[0]


def _row(node: dict[str, Any]) -> dict[str, Any]:
    health = node["health"]
    state = "off line" if not node["online"] else "draining" if node["draining"] else "on line"
    return {
        **node,
        "state": state,
        "running": len(node["tasks"]),
        "cpu": f"{health['cpu_percent']:.0f} %" if "cpu_percent" in health else None,
        "memory": f"{health['memory_percent']:.0f} %" if "memory_percent" in health else None,
        "engines": ", ".join(sorted(node["engines"])),
    }
