"""`flatrender nodes list | show NODE | drain NODE | undrain NODE | forgive NODE`: the nodes, by id or by name; with
`--server` those of a studio elsewhere.
"""

import argparse
from typing import Any

from flatrender.commands import here, remote
from flatrender.core.errors import InvalidInput, NotFound

Json = dict[str, Any]
_DEEDS = {
    "drain": "it ends what it runs and claims nothing more",
    "undrain": "it claims tasks again",
    "forgive": "it gets tasks of the engines that failed there again",
}
_COLUMNS = ("id", "name", "state", "slots", "running", "cpu", "memory", "engines", "problem")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    each = [actions.add_parser("list", help="all nodes, those on line first")]
    for name, help_text in {"show": "a node and what it runs", **_DEEDS}.items():
        deed = actions.add_parser(name, help=help_text)
        deed.add_argument("node", metavar="NODE", help="its id, or its name where only one has it")
        each.append(deed)
    for action in each:
        here.add_arguments(action)
        remote.add_arguments(action)


def run(arguments: argparse.Namespace) -> int:
    """Does it; exit status 2 for a node that is not there, or a name that several have."""
    if (server := remote.server(arguments)) is not None:
        try:
            found, stopped = _there(server, arguments), server.get("farm")["stopped"]
        finally:
            server.close()
    else:
        found, stopped = _here(arguments)
    if arguments.json:
        here.say_json(found[0] if "node" in arguments else found)
        return 0
    print(here.table([_row(node) for node in found], _COLUMNS))
    for task in found[0]["tasks"] if "node" in arguments else ():
        print(f"  {task['name']}  {round(100 * task['progress'])} %  {task['note']}".rstrip())
    if stopped:
        print("The farm is stopped: no node takes anything more.")
    return 0


def _here(arguments: argparse.Namespace) -> tuple[list[Json], bool]:
    """The nodes meant, by the database, and whether the farm is stopped; what was asked for is done."""
    from flatrender.access import audit
    from flatrender.core.db import DEFAULT_TENANT, get_database
    from flatrender.farm import nodes, operations, service

    here.enter(arguments)
    database = get_database()
    if arguments.action in _DEEDS:
        with database.system_session() as session:
            me = audit.machine(DEFAULT_TENANT)
            node_id = _chosen([nodes.as_dict(node) for node in nodes.every(session)], arguments)[0]["id"]
            if arguments.action == "forgive":
                operations.forgive(session, me, node_id)
            else:
                operations.drain(session, me, node_id, arguments.action == "drain")
        here.leave()
    with database.system_session(read_only=True) as session:
        running = service.running_by_node(session)
        every = [{**nodes.as_dict(node), "tasks": running.get(node.id, [])} for node in nodes.every(session)]
        return _chosen(every, arguments), service.is_stopped(session)


def _there(server: remote.Server, arguments: argparse.Namespace) -> list[Json]:
    """The same by the API of a studio elsewhere."""
    chosen = _chosen(server.get("nodes")["items"], arguments)
    if arguments.action in _DEEDS:
        deed = "resume" if arguments.action == "undrain" else arguments.action
        chosen = [{**chosen[0], **server.post("nodes", chosen[0]["id"], deed)}]
    return chosen


def _chosen(every: list[Json], arguments: argparse.Namespace) -> list[Json]:
    """The one meant, or all. Raises NotFound, InvalidInput for a name that several have."""
    if "node" not in arguments:
        return every
    found = [node for node in every if arguments.node in {node["id"], node["name"]}]
    if not found:
        raise NotFound(f"There is no node “{arguments.node}”; `flatrender nodes list` shows all.")
    if len(found) > 1:
        ids = ", ".join(node["id"] for node in found)
        raise InvalidInput(f"{len(found)} nodes are called “{arguments.node}”; give one's id: {ids}.")
    return found


def _row(node: Json) -> Json:
    health = node["health"]
    return {
        **node,
        "state": _state(node),
        "running": len(node["tasks"]),
        "cpu": f"{health['cpu_percent']:.0f} %" if "cpu_percent" in health else None,
        "memory": f"{health['memory_percent']:.0f} %" if "memory_percent" in health else None,
        "engines": ", ".join(sorted(node["engines"])),
    }


def _state(node: Json) -> str:
    """As the page of the nodes says it."""
    if not node["online"]:
        return "off line"
    return "unwell" if not node["healthy"] else "draining" if node["draining"] else "on line"
