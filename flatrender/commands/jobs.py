"""`flatrender jobs list | show ID | send PROJECT | cancel ID… | retry ID… | boost ID…`: the queue, on the machine of
the studio.
"""

import argparse
from typing import Any

from flatrender.commands import here, sending

_DEEDS = {"cancel": "stop jobs", "retry": "send failed or cancelled jobs again", "boost": "give jobs another priority"}
_COLUMNS = ("id", "state", "priority", "progress", "node", "user", "title", "note")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listed = actions.add_parser("list", help="the newest jobs")
    listed.add_argument("--state", action="append", default=[], help="only jobs in this state; may be repeated")
    listed.add_argument("--search", default="", metavar="WORDS", help="in titles, users and ids")
    listed.add_argument("--limit", type=int, default=20, help="how many (default: 20)")
    here.add_arguments(listed)
    shown = actions.add_parser("show", help="a job with its tasks and the end of its log")
    shown.add_argument("id", metavar="ID")
    here.add_arguments(shown)
    sent = actions.add_parser("send", help="render a project of the studio; with --out its film is written here")
    sending.add_arguments(sent)
    here.add_arguments(sent)
    for name, help_text in _DEEDS.items():
        deed = actions.add_parser(name, help=help_text)
        deed.add_argument("ids", metavar="ID", nargs="+")
        if name == "boost":
            deed.add_argument("--priority", type=int, default=80, help="0 to 100 (default: 80)")
        here.add_arguments(deed)


def run(arguments: argparse.Namespace) -> int:
    """Does it; exit status 1 when one of several jobs was refused."""
    here.enter(arguments)
    match arguments.action:
        case "list":
            return _list(arguments)
        case "show":
            return _show(arguments)
        case "send":
            return sending.send(arguments)
    return _act(arguments)


def _list(arguments: argparse.Namespace) -> int:
    from flatrender.core.db import get_database
    from flatrender.renders import listing

    wanted = listing.JobFilter(states=[state.upper() for state in arguments.state], query=arguments.search)
    with get_database().system_session(read_only=True) as session:
        page = listing.browse(session, here.administrator(), wanted, limit=arguments.limit)
    if arguments.json:
        here.say_json(page)
        return 0
    rows = [{**job, "progress": f"{round(100 * job['progress'])} %"} for job in page["items"]]
    print(here.table(rows, _COLUMNS))
    print(f"{len(rows)} of {page['total']}")
    return 0


def _show(arguments: argparse.Namespace) -> int:
    from flatrender.core.db import get_database
    from flatrender.farm import log
    from flatrender.renders import service

    with get_database().system_session(read_only=True) as session:
        job = service.detail(session, here.administrator(), arguments.id)
        lines = log.latest(session, arguments.id, 20)
        told = [log.as_dict(line) for line in lines]
    if arguments.json:
        here.say_json({**job, "log": told})
        return 0
    print(f"{job['title']}\n{job['state']}, priority {job['priority']}, sent by {job['user']} at {job['created_at']}")
    for name in ("note", "error"):
        if job[name]:
            print(f"{name}: {job[name]}")
    steps = [{**step, "progress": f"{round(100 * step['progress'])} %"} for step in job["steps"]]
    print(here.table(steps, ("name", "state", "progress", "node", "crashes", "error")))
    print("".join(log.as_text(line) for line in lines), end="")
    return 0


def _act(arguments: argparse.Namespace) -> int:
    from flatrender.core.errors import FlatRenderError

    done: list[Any] = []
    failed: list[Any] = []
    for job_id in dict.fromkeys(arguments.ids):
        try:
            done.append(_do(arguments, job_id))
        except FlatRenderError as error:
            failed.append({"id": job_id, "code": error.code, "detail": error.message})
    here.leave()
    if arguments.json:
        here.say_json({"done": done, "failed": failed})
    else:
        for job in done:
            print(f"{job['id']}  {job['state']}  priority {job['priority']}  {job['title']}")
        for refused in failed:
            print(f"{refused['id']}  refused: {refused['detail']}")
    return 1 if failed else 0


def _do(arguments: argparse.Namespace, job_id: str) -> Any:
    from flatrender.core.db import get_database
    from flatrender.renders import service, views

    me = here.administrator()
    with get_database().system_session() as session:
        match arguments.action:
            case "cancel":
                job = service.cancel(session, me, job_id)
            case "retry":
                job = service.retry(session, me, job_id)
            case _:
                job = service.boost(session, me, job_id, arguments.priority)
        return views.row(job)
