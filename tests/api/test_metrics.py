"""`/metrics`: who may read it, and that every line is Prometheus' text format."""

import re

import pytest
from fastapi.testclient import TestClient

from flatrender.access.models import Role
from flatrender.api import metrics
from flatrender.core.db import Database
from flatrender.farm import nodes
from flatrender.farm.figures import series
from flatrender.renders.planner import plan
from flatrender.settings import get_settings
from tests.api.conftest import SignedIn, client, one_api, signed_in
from tests.api.test_renders import job_of, run_task
from tests.renders.job_life import SCENES, SOURCE

__all__ = ["client", "signed_in"]
LINE = re.compile(r'[a-z_]+(\{[a-z]+="(\\.|[^"\\])*"(,[a-z]+="(\\.|[^"\\])*")*\})? -?[0-9.e+]+')


def test_the_farm_in_figures(installation: Database, signed_in: SignedIn) -> None:
    admin = signed_in(Role.PLATFORM_ADMIN)
    signed_in(Role.MEMBER)
    job_of(installation)
    job_of(installation)
    with installation.system_session() as session:
        info = nodes.NodeInfo("n1", 'a "b"\\c', "h", "i1", "1", 1, 2, {"native": {}}, {"cpu_percent": 12.5})
        nodes.register(session, info)
    run_task(installation, plan=plan(SOURCE, SCENES).to_dict(), warnings=[])
    answer = admin.get("/metrics")
    assert answer.headers["content-type"] == metrics.MEDIA_TYPE
    lines = answer.text.splitlines()
    assert all(LINE.fullmatch(line) or line.startswith(("# HELP ", "# TYPE ")) for line in lines), lines
    assert 'flatrender_tasks{state="waiting",kind="validate"} 1' in lines
    assert 'flatrender_jobs{state="pending"} 1' in lines
    assert r'flatrender_node_up{node="a \"b\"\\c"} 1' in lines
    assert r'flatrender_node_cpu_percent{node="a \"b\"\\c"} 12.5' in lines
    assert 'flatrender_claims_hour{kind="validate",outcome="complete"} 1' in lines
    assert 'flatrender_claims_hour_within{kind="validate",outcome="complete",le="60"} 1' in lines
    assert 'flatrender_renders_hour{result="failed"} 0' in lines
    assert 'flatrender_service_up{service="database"} 1' in lines
    assert "flatrender_farm_stopped 0" in lines


def test_who_may_read_them(installation: Database, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(address: str = "203.0.113.9", **headers: str) -> int:
        with TestClient(one_api(), base_url="http://testserver", client=(address, 5000)) as somebody:
            return somebody.get("/metrics", headers=headers).status_code

    assert signed_in(Role.MEMBER).get("/metrics").status_code == 403
    assert asked() == 403
    monkeypatch.delenv("FLATRENDER_HOSTS")
    get_settings.cache_clear()
    assert asked("127.0.0.1") == 200
    assert asked("127.0.0.1", **{"x-forwarded-for": "198.51.100.1"}) == 403  # a proxy on this machine
    for name, value in (("FLATRENDER_PUBLIC_URL", "https://films.example"), ("FLATRENDER_HOSTS", "films.example")):
        with monkeypatch.context() as published:
            published.setenv(name, value)
            get_settings.cache_clear()
            assert asked("127.0.0.1") == 403, f"{name}: this may be a proxy that does not say for whom it asks"
    monkeypatch.setenv("FLATRENDER_METRICS_TOKEN", "a token")
    get_settings.cache_clear()
    assert asked(authorization="Bearer a token") == 200
    assert asked(authorization="Bearer another") == 403
    assert asked("127.0.0.1") == 403  # who sets a token means it


def test_figures_are_escaped() -> None:
    text = metrics.exposition([series("x", "Is.", [({"a": 'q"\n\\'}, 2.0)])])
    assert text == '# HELP x Is.\n# TYPE x gauge\nx{a="q\\"\\n\\\\"} 2\n'
