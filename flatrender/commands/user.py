"""`flatrender user EMAIL`: gives an account another role or a new password, or takes its second factor away, on the
machine of the studio."""

import argparse

from flatrender.commands import here

ROLES = ("member", "designer", "admin", "owner", "platform_admin")  # access.models.Role, which takes a second to import


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("email", metavar="EMAIL", help="the account's address")
    parser.add_argument("--role", choices=ROLES, help="what the person may do")
    parser.add_argument("--new-password", action="store_true", help="make a password and print it; sessions end")
    parser.add_argument(
        "--no-second-factor", action="store_true", help="let the password do: phone and recovery codes are lost"
    )
    parser.add_argument(
        "--site", metavar="SLUG", default="default", help="the site of the account (default: the default one)"
    )
    here.add_folder(parser)


def run(arguments: argparse.Namespace) -> int:
    """Changes the account; exit status 2 for one that is not there."""
    from flatrender.access import service as access
    from flatrender.core.db import get_database
    from flatrender.tenants import service as tenants

    here.choose_folder(arguments)
    with get_database().system_session() as session:
        site = tenants.get(session, arguments.site)
        user, password = access.change_account(
            session,
            site.id,
            arguments.email,
            role=arguments.role,
            new_password=arguments.new_password,
            no_second_factor=arguments.no_second_factor,
        )
        print(f"{user.email}  {user.role}")
    if password is not None:
        print(f"new password: {password}")
    return 0
