"""`flatrender tenant create|list|suspend|resume|limits|domain`: the sites here, by whoever has the machine."""

import argparse
from typing import TYPE_CHECKING

from flatrender.commands import here

if TYPE_CHECKING:
    from sqlmodel import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    here.add_folder(parser)
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    made = actions.add_parser("create", help="open a site; prints its address and its owner's password, once")
    made.add_argument("slug", metavar="SLUG", help="the short name: part of its address, and the value of X-App")
    made.add_argument("--name", required=True, help="what the site is called")
    made.add_argument("--admin", metavar="EMAIL", help="make the account of its owner")
    made.add_argument("--language", choices=("en", "fa"), default="en", help="the first language of its pages")
    made.add_argument("--color", metavar="#RRGGBB", help="the brand's colour; inks and texts follow from it")
    actions.add_parser("list", help="the sites and where they are visited")
    closed = actions.add_parser("suspend", help="close a site; nothing is lost")
    closed.add_argument("slug", metavar="SLUG")
    closed.add_argument("--reason", default="", help="for the list of sites")
    opened = actions.add_parser("resume", help="open a suspended site again")
    opened.add_argument("slug", metavar="SLUG")
    limited = actions.add_parser("limits", help="what a site may use in a month, and has used; 0: no limit")
    limited.add_argument("slug", metavar="SLUG")
    limited.add_argument("--films", type=int, metavar="N", help="finished films")
    limited.add_argument("--film-minutes", type=int, metavar="N", help="minutes of finished film")
    limited.add_argument("--calls", type=int, metavar="N", help="calls with API keys")
    domain = actions.add_parser("domain", help="add a domain, or prove one that was added; prints the DNS record")
    domain.add_argument("slug", metavar="SLUG")
    domain.add_argument("name", metavar="DOMAIN", nargs="?", help="without one, the site's domains are listed")
    domain.add_argument("--prove", action="store_true", help="look for the DNS record now")
    domain.add_argument("--remove", action="store_true", help="forget the domain")
    for action in actions.choices.values():  # people put it last
        here.add_folder(action, default=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    """Does it; exit status 2 for what cannot be used."""
    from flatrender.access import audit
    from flatrender.access.audit import Act
    from flatrender.core.db import get_database
    from flatrender.tenants import service as tenants
    from flatrender.tenants import sites

    here.choose_folder(arguments)
    if arguments.action == "domain":
        return _domain(arguments)
    said: list[str] = []  # when it is done: what is refused was not
    with get_database().system_session() as session:
        match arguments.action:
            case "create":
                said = _create(arguments, session)
            case "list":
                for tenant in tenants.every(session):
                    state = "suspended" if tenant.suspended_at else "open"
                    own, main = sites.own_address(tenant), sites.address(session, tenant)
                    links = "" if main == own else f"  links: {main}"
                    print(f"{tenant.slug:<20} {state:<10} {own:<40} {tenant.name}{links}")
            case "suspend":
                tenant = tenants.suspend(session, arguments.slug, arguments.reason)
                audit.note(session, audit.machine(tenant.id), Act.SITE_SUSPENDED, tenant.id, tenant.slug)
                print(f"{tenant.slug}: suspended")
            case "resume":
                tenant = tenants.resume(session, arguments.slug)
                audit.note(session, audit.machine(tenant.id), Act.SITE_RESUMED, tenant.id, tenant.slug)
                print(f"{tenant.slug}: open")
            case "limits":
                said = _limits(arguments, session)
    print("\n".join(said), end="\n" if said else "")
    return 0


def _create(arguments: argparse.Namespace, session: "Session") -> list[str]:
    """Opens the site; what there is to say of it."""
    from flatrender.access import audit
    from flatrender.access import service as access
    from flatrender.access.audit import Act
    from flatrender.core.db import DEFAULT_TENANT
    from flatrender.tenants import changes, sites
    from flatrender.tenants import service as tenants

    tenant = tenants.create(session, slug=arguments.slug, name=arguments.name, language=arguments.language)
    if arguments.color:
        changes.change(session, tenant.id, {"color": arguments.color})
    said = [f"{tenant.slug}  {tenant.name}  {sites.address(session, tenant)}"]
    admin: dict[str, str] = {}
    if arguments.admin:
        email, password = access.create_admin(session, tenant.id, arguments.admin, language=arguments.language)
        said += [f"owner: {email}", f"password: {password}"]
        admin = {"admin": email}
    audit.note(session, audit.machine(DEFAULT_TENANT), Act.SITE_OPENED, tenant.id, tenant.slug, **admin)
    return said


def _limits(arguments: argparse.Namespace, session: "Session") -> list[str]:
    """Sets what is given; what there is to say of all of them."""
    from flatrender.access import audit
    from flatrender.access.audit import Act
    from flatrender.tenants import limits

    given = {
        limits.FILMS: arguments.films,
        limits.FILM_MINUTES: arguments.film_minutes,
        limits.CALLS: arguments.calls,
    }
    wish = {name: value for name, value in given.items() if value is not None}
    tenant, before = limits.change(session, arguments.slug, wish)
    if told := audit.changes(before, limits.of_site(tenant)):
        audit.note(session, audit.machine(tenant.id), Act.LIMITS_SET, tenant.id, tenant.slug, **told)
    names = {limits.FILMS: "films", limits.FILM_MINUTES: "minutes of film", limits.CALLS: "calls"}
    return [
        f"{names[name]}: {share.used:,} of {f'{share.limit:,}' if share.limit else 'any number'} used this month"
        for name, share in limits.shares(session, tenant.id).items()
    ]


def _domain(arguments: argparse.Namespace) -> int:
    from flatrender.access import audit
    from flatrender.access.audit import Act
    from flatrender.core.db import get_database
    from flatrender.tenants import domains
    from flatrender.tenants import service as tenants

    database = get_database()
    with database.system_session(read_only=True) as session:
        tenant = tenants.get(session, arguments.slug)
    machine = audit.machine(tenant.id)
    with database.tenant_session(tenant.id) as session:
        if arguments.name is None:
            for each in domains.every(session):
                state = "proven" if each.proven_at else "waits for its record"
                print(f"{each.name}  {state}{'  main' if each.main else ''}")
            return 0
        if arguments.remove:
            removed, main = domains.remove(session, arguments.name)
            audit.note_removed_domain(session, machine, removed, main)
            print(f"{removed.name}: removed{f'; the main domain is {main} now' if main else ''}")
            return 0
        known = {each.name: each for each in domains.every(session)}
        domain = known.get(arguments.name.strip().lower())
        if domain is None:
            domain = domains.claim(session, arguments.name)
            audit.note(session, machine, Act.DOMAIN_CLAIMED, domain.id, domain.name)
    if not arguments.prove:
        name, text = domains.record_of(domain)
        print(f'{name}. IN TXT "{text}"\nthen: flatrender tenant domain {tenant.slug} {domain.name} --prove')
        print(f"from then on links and letters may lead to https://{domain.name}: let HTTPS answer there first")
        return 0
    proven = domains.establish(
        database,
        tenant.id,
        domain.id,
        also=lambda session, found: audit.note(session, machine, Act.DOMAIN_PROVEN, found.id, found.name),
        at_loser=audit.note_lost_domain,
    )
    print(f"{proven.name}: proven{', the main domain' if proven.main else ''}")
    return 0
