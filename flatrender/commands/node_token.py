"""`flatrender node-token make NAME | list | revoke ID | require on|off`: who may be a render node."""

import argparse

from flatrender.commands import here


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    made = actions.add_parser("make", help="make a token and print it, once")
    made.add_argument("name", metavar="NAME", help="what it is for: a machine's name")
    listed = actions.add_parser("list", help="the tokens and which of them hold")
    revoked = actions.add_parser(
        "revoke", help="its nodes go on running but get no work; what they render ends within a second"
    )
    revoked.add_argument("id", metavar="ID", help="of the token, as `list` shows it")
    required = actions.add_parser("require", help="whether nodes without a token may work")
    required.add_argument("state", choices=("on", "off"))
    for action in (made, listed, revoked, required):
        here.add_folder(action)


def run(arguments: argparse.Namespace) -> int:
    """Does it; exit status 2 for a token that is not there."""
    from flatrender.access import audit
    from flatrender.access.audit import Act
    from flatrender.core.db import DEFAULT_TENANT, get_database
    from flatrender.farm import service, tokens

    here.choose_folder(arguments)
    machine = audit.machine(DEFAULT_TENANT)
    with get_database().system_session() as session:
        match arguments.action:
            case "make":
                row, token = tokens.make(session, arguments.name)
                audit.note(session, machine, Act.TOKEN_MADE, row.id, row.name)
                print(f"{row.id}  {row.name}\n{token}")
            case "list":
                for row in tokens.every(session):
                    state = f"revoked {row.revoked_at:%Y-%m-%d %H:%M}" if row.revoked_at else "holds"
                    print(f"{row.id}  {row.created_at:%Y-%m-%d %H:%M}  {state}  {row.name}")
            case "revoke":
                row = tokens.revoke(session, arguments.id)
                audit.note(session, machine, Act.TOKEN_REVOKED, row.id, row.name)
                print(f"{row.name}: revoked")
            case "require":
                required = arguments.state == "on"
                service.switch(session).tokens_required = required
                audit.note(session, machine, Act.TOKENS_REQUIRED if required else Act.TOKENS_OPTIONAL)
                print("nodes need a token" if required else "nodes need no token")
    return 0
