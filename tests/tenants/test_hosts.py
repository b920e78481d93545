"""Host names as requests and people write them."""

import pytest

from flatrender.core.errors import InvalidInput
from flatrender.tenants.hosts import clean_domain, clean_slug, host_name


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


@pytest.mark.parametrize(
    "text", ["", "example", "localhost", "x.localhost", "10.0.0.1", "a b.example", "a_b.example", "x/y.z"]
)
def test_what_is_no_domain(text: str) -> None:
    with pytest.raises(InvalidInput):
        clean_domain(text)


@pytest.mark.parametrize("slug", ["ab", "1north", "north-", "no--rth", "www", "شمال", "x" * 41])
def test_short_names_that_are_refused(slug: str) -> None:
    with pytest.raises(InvalidInput):
        clean_slug(slug)
