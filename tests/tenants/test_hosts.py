"""Host names as requests and people write them."""

import pytest

from flatrender.core import clock
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.core.errors import InvalidInput, NotFound
from flatrender.tenants import sites
from flatrender.tenants.hosts import clean_domain, clean_slug, host_name, in_letters
from flatrender.tenants.models import Tenant, TenantDomain
from tests.installation import OTHER_TENANT


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("North.Example:8000", "north.example"),
        ("north.example.", "north.example"),
        ("[::1]:8000", "::1"),
        ("127.0.0.1", "127.0.0.1"),
        ("", ""),
        (None, ""),
        ("north.example/@evil.test", ""),
        ("north example", ""),
        ("a" * 64 + ".example", ""),
        ("x." * 130 + "example", ""),
        ("north..example", ""),
        ("-north.example", ""),
        ("north.example:8000@evil.test", ""),
        ("north.example:8000:80", ""),
        ("[::1", ""),
        ("[north.example]", ""),
        ("::1", ""),
    ],
)
def test_the_name_in_a_host_header(header: str | None, name: str) -> None:
    assert host_name(header) == name


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        (" HTTPS://Studio.Example.com/ ", "studio.example.com"),
        ("نمونه.example", "xn--hhbbbed.example"),
        ("bücher.example", "xn--bcher-kva.example"),
    ],
)
def test_a_domain_as_people_type_it(text: str, domain: str) -> None:
    assert clean_domain(text) == domain
    assert in_letters(domain) in text.lower()


@pytest.mark.parametrize(
    "text", ["", "example", "localhost", "x.localhost", "10.0.0.1", "a b.example", "a_b.example", "x/y.z"]
)
def test_what_is_no_domain(text: str) -> None:
    with pytest.raises(InvalidInput):
        clean_domain(text)


def test_what_no_alphabet_writes_is_shown_as_it_is() -> None:
    assert in_letters("xn--99999999999.example") == "xn--99999999999.example"


@pytest.mark.parametrize("slug", ["ab", "1north", "north-", "no--rth", "www", "شمال", "x" * 41])
def test_short_names_that_are_refused(slug: str) -> None:
    with pytest.raises(InvalidInput):
        clean_slug(slug)


def test_what_names_alone_tell_of_a_site_is_what_is_found(installation: Database) -> None:
    """`is_for` may say less than `resolve`, never another thing."""
    with installation.system_session() as session:
        session.add(Tenant(id=OTHER_TENANT, slug="north", name="North"))
        session.add(Tenant(id="c" * 32, slug="mail", name="An old one"))
        session.add(TenantDomain(tenant_id=OTHER_TENANT, name="north.example", token="t", proven_at=clock.now()))
    known = {DEFAULT_TENANT: "default", OTHER_TENANT: "north", "c" * 32: "mail"}
    told = set[tuple[str, str, str | None]]()
    with installation.system_session(read_only=True) as session:
        for host in (
            "testserver",
            "TestServer:8000",
            "north.testserver",
            "mail.testserver",
            "north.example",
            "127.0.0.1",
        ):
            for app in (None, "north", OTHER_TENANT, " NORTH ", "south", "default"):
                try:
                    found = sites.resolve(session, host, app).id
                except NotFound:
                    found = ""
                for tenant_id, slug in known.items():
                    if sites.is_for(tenant_id, slug, host, app):
                        assert tenant_id == found, (host, app)
                        told.add((tenant_id, host, app))
    assert {(DEFAULT_TENANT, "testserver", None), (OTHER_TENANT, "north.testserver", None)} <= told
    assert {(DEFAULT_TENANT, "127.0.0.1", None), (OTHER_TENANT, "testserver", "north")} <= told
