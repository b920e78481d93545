"""`flatrender tenant` on a real installation."""

import re

import pytest

from flatrender.commands import main
from flatrender.core.db import Database
from flatrender.settings import get_settings
from tests.dns_server import name_server


def said(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> str:
    assert main(["tenant", *words]) == status
    found = capsys.readouterr()
    return found.err if status else found.out


def test_a_site_from_its_opening_to_its_own_domain(
    installation: Database, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = said(capsys, "create", "north", "--name", "North Films", "--admin", "s@north.example", "--color", "#0E7C86")
    assert "http://north.localhost:8000" in made
    assert re.search(r"^password: \S{12,}$", made, re.MULTILINE)
    assert main(["user", "s@north.example", "--site", "north", "--role", "member"]) == 0
    assert capsys.readouterr().out == "s@north.example  member\n"
    assert main(["user", "s@north.example", "--role", "member"]) == 2, "no account of the default site"
    capsys.readouterr()
    assert main(["tenant", "create", "south", "--name", "South", "--admin", "nobody"]) == 2
    assert capsys.readouterr().out == "", "of a site that was refused nothing is told as done"
    asked = said(capsys, "domain", "north", "films.example")
    assert "may lead to https://films.example: let HTTPS answer there first" in asked
    name, value = re.findall(r'^(\S+)\. IN TXT "(\S+)"', asked)[0]
    with name_server({name: [value]}) as server:
        monkeypatch.setenv("FLATRENDER_DNS_SERVERS", server)
        get_settings.cache_clear()
        assert said(capsys, "domain", "north", "films.example", "--prove") == "films.example: proven, the main domain\n"
    listed = said(capsys, "list")
    assert "http://north.localhost:8000 " in listed and "links: https://films.example" in listed
    assert said(capsys, "suspend", "north") == "north: suspended\n"
    assert "suspended" in said(capsys, "list")
    assert said(capsys, "resume", "north") == "north: open\n"
    assert said(capsys, "domain", "north", "films.example", "--remove") == "films.example: removed\n"


@pytest.mark.parametrize(
    "words",
    [
        ("create", "www", "--name", "x"),
        ("create", "south", "--name", ""),
        ("suspend", "nobody"),
        ("domain", "default", "localhost"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    installation: Database, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert said(capsys, *words, status=2).startswith("flatrender: ")
