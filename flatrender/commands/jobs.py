"""`flatrender jobs list | show ID | send PROJECT | download ID | cancel ID… | retry ID… | boost ID…`: the queue, on the
machine of the studio or, with `--server`, from anywhere.
"""

import argparse
import sys
from datetime import datetime
from typing import Any

from flatrender.commands import here, remote, sending
from flatrender.commands.desk import PAGE, Desk, LocalDesk, RemoteDesk

_DEEDS = {"cancel": "stop jobs", "retry": "send failed or cancelled jobs again", "boost": "give jobs another priority"}
_COLUMNS = ("id", "state", "priority", "progress", "node", "user", "title", "note")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listed = actions.add_parser("list", help="the newest jobs")
    listed.add_argument("--state", action="append", default=[], help="only jobs in this state; may be repeated")
    listed.add_argument("--search", default="", metavar="WORDS", help="in titles, users and ids")
    listed.add_argument("--limit", type=_count, default=20, help="how many (default: 20)")
    shown = actions.add_parser("show", help="a job with its tasks and the end of its log")
    shown.add_argument("id", metavar="ID")
    sent = actions.add_parser("send", help="render a project of the studio; with --out its film is written here")
    sending.add_arguments(sent)
    fetched = actions.add_parser("download", help="write the film of a finished job")
    fetched.add_argument("id", metavar="ID")
    fetched.add_argument("--out", metavar="FILE", required=True, help="where; its ending says which file")
    fetched.add_argument("--format", metavar="NAME", help="which file, where several end alike")
    each = [listed, shown, sent, fetched]
    for name, help_text in _DEEDS.items():
        deed = actions.add_parser(name, help=help_text)
        deed.add_argument("ids", metavar="ID", nargs="+")
        if name == "boost":
            deed.add_argument("--priority", type=_priority, default=80, help="0 to 100 (default: 80)")
        each.append(deed)
    for action in each:
        here.add_arguments(action)
        remote.add_arguments(action)


def run(arguments: argparse.Namespace) -> int:
    """Does it; of several jobs, exit status 1 when one was refused, 2 when those left undone were given wrong."""
    if (server := remote.server(arguments)) is not None:
        desk: Desk = RemoteDesk(server)
    else:
        here.enter(arguments)
        desk = LocalDesk()
    try:
        match arguments.action:
            case "list":
                return _list(desk, arguments)
            case "show":
                return _show(desk, arguments)
            case "send":
                return sending.send(desk, arguments)
            case "download":
                return sending.download(desk, arguments)
        return _act(desk, arguments)
    finally:
        desk.leave()


def _count(words: str) -> int:
    count = int(words) if words.isdecimal() else 0
    if not count:
        raise argparse.ArgumentTypeError(f"{words!r} is no number from 1")
    return count


def _priority(words: str) -> int:
    """A number; which ones there are is the studio's to say."""
    try:
        return int(words)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{words!r} is no number from 0 to 100") from None


def _list(desk: Desk, arguments: argparse.Namespace) -> int:
    states, most = [state.upper() for state in arguments.state], arguments.limit
    page = desk.page(states, arguments.search, min(most, PAGE), None)
    items = page["items"]
    while page["next"] and len(items) < most:
        page = desk.page(states, arguments.search, min(most - len(items), PAGE), page["next"])
        items += page["items"]
    if arguments.json:
        here.say_json({**page, "items": items})
        return 0
    rows = [{**job, "progress": f"{round(100 * job['progress'])} %", "note": _said(job)} for job in items]
    print(here.table(rows, _COLUMNS))
    print(f"{len(rows)} of {page['total']}")
    return 0


def _said(job: dict[str, Any]) -> str:
    """Why it failed, or what it does or waits for; of one that has ended a note tells what was, not what is."""
    return str(job["error"] or ("" if job["state"] in sending.TERMINAL else job["note"]))


def _show(desk: Desk, arguments: argparse.Namespace) -> int:
    job = desk.show(arguments.id)
    if arguments.json:
        here.say_json(job)
        return 0
    print(here.printable(job["title"]))
    print(here.printable(f"{job['state']}, priority {job['priority']}, sent by {job['user']} at {job['created_at']}"))
    if said := _said(job):
        print(here.printable(f"{'error' if job['error'] else 'note'}: {said}"))
    steps = [{**step, "progress": f"{round(100 * step['progress'])} %"} for step in job["steps"]]
    print(here.table(steps, ("name", "state", "progress", "node", "crashes", "error")))
    for line in job["log"]:
        level = "" if line["level"] == "info" else f"{line['level'].upper()} "
        print(here.printable(f"{datetime.fromisoformat(line['at']):%Y-%m-%d %H:%M:%S} {level}{line['message']}"))
    return 0


def _act(desk: Desk, arguments: argparse.Namespace) -> int:
    from flatrender.core.errors import FlatRenderError

    done: list[Any] = []
    failed: list[Any] = []
    status = 0
    for job_id in dict.fromkeys(arguments.ids):
        try:
            done.append(desk.act(arguments.action, job_id, getattr(arguments, "priority", 0)))
        except FlatRenderError as error:
            failed.append({"id": job_id, "code": error.code, "detail": error.message})
            status = min(status or error.exit_status, error.exit_status)
    if arguments.json:
        here.say_json({"done": done, "failed": failed})
    else:
        for job in done:
            print(here.printable(f"{job['id']}  {job['state']}  priority {job['priority']}  {job['title']}"))
        for refused in failed:
            print(here.printable(f"flatrender: {refused['id']}: {refused['detail']}"), file=sys.stderr)
    return status
