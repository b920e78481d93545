"""`flatrender prepare`: brings the database to the newest schema, makes the first admin, adds the demo templates once.

`flatrender up` runs it at every start; it may be run again at any time and does only what is missing.
"""

import argparse
import os
import traceback
from contextlib import suppress
from pathlib import Path

from flatrender.commands import here

ADMIN_FILE = "first-admin.txt"
TOKEN_FILE = "node-token"  # noqa: S105 (its name)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--no-demos", action="store_true", help="leave out the demo templates")
    parser.add_argument("--own-node", action="store_true", help=f"keep a token for a node here in <data>/{TOKEN_FILE}")
    here.add_folder(parser)


def run(arguments: argparse.Namespace) -> int:
    """Does what is missing, one line for each step. What went wrong below an error's sentence goes to stderr."""
    from flatrender.core.errors import FlatRenderError

    here.use_folder(arguments)
    try:
        _prepare(demos=not arguments.no_demos, own_node=arguments.own_node)
    except FlatRenderError as error:
        if error.__cause__ is not None:
            traceback.print_exception(error.__cause__, limit=-5)
        raise
    return 0


def _prepare(*, demos: bool, own_node: bool) -> None:
    from flatrender.core.db import get_database
    from flatrender.core.migrate import upgrade
    from flatrender.settings import get_settings

    _ = get_settings().secret_key  # made now: the services that start at once after this find the same one
    upgrade(get_database())
    print("database  newest schema", flush=True)
    make_first_admin()
    keep_google()
    _finish_update()
    if own_node:
        keep_node_token()
    if demos:
        _add_demos()


def make_first_admin() -> None:
    """Makes the first platform admin where there is none; a generated password is kept in `<data>/first-admin.txt`."""
    from flatrender.access.service import FIRST_ADMIN_EMAIL, ensure_first_admin
    from flatrender.core.db import DEFAULT_TENANT, get_database
    from flatrender.settings import get_settings
    from flatrender.tenants.service import ensure_default

    settings = get_settings()
    with get_database().system_session() as session:
        ensure_default(session, sign_up=settings.sign_up)
        password = ensure_first_admin(
            session, DEFAULT_TENANT, email=settings.admin_email, password=settings.admin_password
        )
        if password is not None:
            # Before the commit: a password that nobody knows must not become valid.
            email = settings.admin_email or FIRST_ADMIN_EMAIL
            write_private(settings.data_dir / ADMIN_FILE, f"{email}\n{password}\n")


def keep_google() -> None:
    """The sign-in with Google that the environment names, on the house's own site. Without companies' domains only
    those get an account by it who could make themselves one anyway."""
    from flatrender.access import providers
    from flatrender.core.db import DEFAULT_TENANT, get_database
    from flatrender.settings import get_settings

    settings = get_settings()
    if settings.manager.google is None:
        return
    domains = settings.manager.google_domains
    with get_database().tenant_session(DEFAULT_TENANT) as session:
        anybody = bool(domains) or settings.sign_up
        providers.keep_google(session, *settings.manager.google, domains, makes_accounts=anybody)


def keep_node_token() -> None:
    """A token for this machine's own node in `<data>/node-token`, so that it works on whether or not tokens are asked
    for. One that no longer holds is replaced: who starts the studio may."""
    from flatrender.core.db import get_database
    from flatrender.core.errors import Forbidden
    from flatrender.farm import tokens
    from flatrender.settings import get_settings

    path = get_settings().data_dir / TOKEN_FILE
    with get_database().system_session() as session:
        if path.exists():
            with suppress(Forbidden):
                if tokens.admit(session, path.read_text("ascii").strip()):
                    return
        write_private(path, tokens.make(session, "this studio's own node")[1] + "\n")


def _finish_update() -> None:
    from flatrender.core.db import get_database
    from flatrender.farm import updating
    from flatrender.settings import get_settings

    with get_database().system_session() as session:
        updating.finish(session, get_settings().data_dir)


def _add_demos() -> None:
    from flatrender.core.db import DEFAULT_TENANT, get_database
    from flatrender.templates.seed import seed_demos

    def tell(what: str, fraction: float) -> None:
        print(f"demos     {what} ({fraction:.0%})", flush=True)

    seed_demos(get_database(), DEFAULT_TENANT, tell)


def write_private(path: Path, text: str) -> None:
    """Writes a file that only its owner may read (mode 600), in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)
