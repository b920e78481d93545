"""Several web processes on one port: what they need, and where they keep what they know."""

from pathlib import Path

import pytest

from flatrender.api import limits
from flatrender.commands import web
from flatrender.core.errors import InvalidInput
from flatrender.settings import read_settings

POSTGRES, REDIS = "postgresql://studio@db/studio", "redis://cache/0"


def test_one_process_keeps_its_pages_in_memory(tmp_path: Path) -> None:
    assert web.several(read_settings({"FLATRENDER_DATA": str(tmp_path), "REDIS_URL": REDIS})) == {}


@pytest.mark.parametrize("given", [{"DATABASE_URL": POSTGRES}, {"REDIS_URL": REDIS}])
def test_several_need_postgresql_and_redis(given: dict[str, str], tmp_path: Path) -> None:
    settings = read_settings({"FLATRENDER_DATA": str(tmp_path), "FLATRENDER_WEB_PROCESSES": "2", **given})
    with pytest.raises(InvalidInput, match=r"PostgreSQL .* Redis"):
        web.several(settings)


def test_several_share_the_pages_and_begin_to_count_anew(tmp_path: Path) -> None:
    counts = tmp_path / "run" / "counts"
    counts.parent.mkdir()
    counts.write_text("of the last start")
    given = {"FLATRENDER_DATA": str(tmp_path), "DATABASE_URL": POSTGRES, "REDIS_URL": REDIS}
    told = web.several(read_settings({**given, "FLATRENDER_WEB_PROCESSES": "2"}))
    assert (told["REFLEX_REDIS_URL"], told["REFLEX_STATE_MANAGER_MODE"]) == (REDIS, "redis")
    assert told[limits.COUNTS] == str(counts) and not counts.exists()
