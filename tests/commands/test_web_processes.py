"""Several web processes on one port: what they need, and where what they know lies. tests/e2e/test_up.py runs them."""

from pathlib import Path

import pytest

from flatrender.api import limits
from flatrender.commands import up, web
from flatrender.core.errors import InvalidInput
from flatrender.settings import read_settings

POSTGRES, REDIS, PAGES = "postgresql://studio@db/studio", "redis://cache/0", "redis://:hidden@pages/0"
ALL = {"DATABASE_URL": POSTGRES, "REDIS_URL": REDIS, "FLATRENDER_PAGES_REDIS_URL": PAGES}


def test_one_process_keeps_its_pages_in_memory(tmp_path: Path) -> None:
    assert web.several(read_settings({"FLATRENDER_DATA": str(tmp_path), **ALL})) == {}


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("DATABASE_URL", r"PostgreSQL .* Redis"),
        ("REDIS_URL", r"PostgreSQL .* Redis"),
        ("FLATRENDER_PAGES_REDIS_URL", r"start a second one.* FLATRENDER_PAGES_REDIS_URL\.$"),
    ],
)
def test_several_need_postgresql_and_two_redis(missing: str, said: str, tmp_path: Path) -> None:
    given = {name: value for name, value in ALL.items() if name != missing}
    settings = read_settings({"FLATRENDER_DATA": str(tmp_path), "FLATRENDER_WEB_PROCESSES": "2", **given})
    with pytest.raises(InvalidInput, match=said):
        web.several(settings)


@pytest.mark.parametrize(
    ("nodes", "pages"),
    [
        ("redis://cache/0", "redis://cache:6379/1"),
        ("redis://Cache", "rediss://user:word@cache.:6379/0?timeout=5"),
        ("redis://localhost/0", "redis://127.0.0.1:6379/3"),
        ("redis:///0", "redis://[::1]/1"),
        ("unix:///run/redis.sock?db=0", "unix://:word@/run/../run/redis.sock?db=1"),
    ],
)
def test_pages_do_not_lie_where_nodes_reach_them(nodes: str, pages: str, tmp_path: Path) -> None:
    given = {"DATABASE_URL": POSTGRES, "FLATRENDER_PAGES_REDIS_URL": pages, "FLATRENDER_WEB_PROCESSES": "2"}
    settings = read_settings({"FLATRENDER_DATA": str(tmp_path), **given})
    with pytest.raises(InvalidInput, match="is the Redis of REDIS_URL, which nodes reach"):
        web.check_processes(settings, nodes)
    for other in ("redis://other/0", "redis://localhost:6380/0", "redis://cache:6380/0", "unix:///run/other.sock"):
        web.check_processes(settings, other)


@pytest.mark.parametrize("wrong", ["pages:6379", "http://pages", "redis://pages:many/0", "redis://[pages/0"])
def test_an_address_that_is_none_is_one_sentence(wrong: str, tmp_path: Path) -> None:
    given = {**ALL, "FLATRENDER_PAGES_REDIS_URL": wrong, "FLATRENDER_WEB_PROCESSES": "2"}
    with pytest.raises(InvalidInput, match=r"is no redis://"):
        web.several(read_settings({"FLATRENDER_DATA": str(tmp_path), **given}))


def test_several_share_the_pages_and_begin_to_count_anew(tmp_path: Path) -> None:
    counts = tmp_path / "run" / "counts"
    counts.parent.mkdir()
    counts.write_text("of the last start")
    settings = read_settings({"FLATRENDER_DATA": str(tmp_path), **ALL, "FLATRENDER_WEB_PROCESSES": "2"})
    told = web.several(settings)
    assert (told["REFLEX_REDIS_URL"], told["REFLEX_STATE_MANAGER_MODE"]) == (PAGES, "redis")
    assert told[limits.COUNTS] == str(counts) and not counts.exists()
    assert "hidden" not in repr(settings)


def test_the_studios_own_node_is_not_told_where_pages_lie(tmp_path: Path) -> None:
    settings = read_settings({"FLATRENDER_DATA": str(tmp_path), "FLATRENDER_NODE_TOKEN": "frn_x", **ALL})
    told = up.node_environment(settings, ALL)
    assert "FLATRENDER_PAGES_REDIS_URL" not in told and told["REDIS_URL"] == REDIS
