"""The API under load, and large: many requests a second, a thousand sites. The server is one that `flatrender web`
runs, on a PostgreSQL whose walls bind its role; what asks is a process of its own."""

import json
import os
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from flatrender.access import service as access
from flatrender.access.models import Role
from flatrender.access.permissions import Principal
from flatrender.core import process
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.projects import service as projects
from flatrender.renders.models import RenderJob
from flatrender.templates import bundles, service
from tests.benchmarks.many_sites import PROJECTS, SITES, Person, fill
from tests.benchmarks.table import Figure
from tests.built_pages import building
from tests.deadline import until
from tests.installation import installed
from tests.servers import PostgresServer, RedisServer, find_redis_server, free_port
from tests.templates.conftest import DESIGNER, made_projects

__all__ = ["made_projects"]

Record = Callable[[Figure], None]
RATE, SECONDS, WARM = 300, 20, 3
PROCESSES = 3  # of two the one with more connections would be full first
LISTS = ("/projects", "/renders", "/people")
# Of twenty requests: lists, single things, edits.
MIXTURE = (
    *[("list", "GET", path, None) for path in (*LISTS, "/projects", "/notifications", "/templates")],
    *[("one", "GET", "/projects/{project}", None)] * 4,
    *[("one", "GET", path, None) for path in ("/auth/me", "/auth/me", "/projects/{project}/versions", "/auth/me")],
    *[("edit", "PATCH", "/projects/{project}", {"name": f"Film {number}"}) for number in range(4)],
    *[("edit", "PATCH", "/auth/me", {"theme": theme}) for theme in ("dark", "light")],
)


@dataclass(frozen=True)
class House:
    """A running server, and who may ask it."""

    port: int
    people: list[Person]
    web: int  # its process, and PostgreSQL's
    postgres: int

    def worked(self) -> tuple[float, float]:
        """Seconds of processor time until now: of the web processes, of PostgreSQL."""
        return _worked(self.web), _worked(self.postgres)

    def client(self, person: Person) -> httpx.Client:
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}/api/v1", headers=headers(person), timeout=60)


def _worked(process_id: int) -> float:
    seconds = 0.0
    root = psutil.Process(process_id)
    for each in (root, *root.children(recursive=True)):
        with suppress(psutil.Error):
            times = each.cpu_times()
            seconds += times.user + times.system
    return seconds


def headers(person: Person) -> dict[str, str]:
    return {"Cookie": f"fr_session={person.token}", **({"X-App": person.slug} if person.slug else {})}


def filled(server: Database, database: Database, made_projects: Callable[[str], Path], folder: Path) -> list[Person]:
    """Fills a fresh installation; one who asks of each of some sites."""
    packed = folder / "promo.zip"
    bundles.pack_folder(made_projects("promo").parent, packed)
    template_id = service.create(DESIGNER, packed, "promo.zip")
    with database.tenant_session(DEFAULT_TENANT) as session:
        service.publish(session, DESIGNER, template_id)
        user = access.create_user(
            session, DEFAULT_TENANT, email="a@example.com", password="a long password", name="A", role=Role.ADMIN
        )
        me = Principal.of(user)
        project = projects.create(session, me, template_id, name="Spring")
        job = RenderJob(user_id=user.id, title="Spring", document={}, state="COMPLETED", project_id=project["id"])
        session.add(job)
        session.flush()
        job_id = job.id
    with database.system_session() as session:
        token = access.open_session(session, user, address="127.0.0.1", agent="benchmark")
    first = Person(DEFAULT_TENANT, "", token, project["id"])
    return [first, *fill(server, database, first, job_id, template_id)]


@pytest.fixture(scope="module")
def house(
    postgres_server: PostgresServer,
    redis_server: RedisServer,
    made_projects: Callable[[str], Path],
    built_pages: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    binary = find_redis_server()
    assert binary is not None, "the other one runs"
    with (
        pytest.MonkeyPatch.context() as patch,
        postgres_server.database("house") as url,
        RedisServer(binary, append_only=False) as pages,
    ):
        patch.setattr("flatrender.templates.background.submit", lambda call: None)  # nothing is drawn meanwhile
        with installed(folder / "data", patch, DATABASE_URL=url) as database:
            server = Database(postgres_server.at(url.rpartition("/")[2]))
            people = filled(server, database, made_projects, folder)
            server.dispose()
        environment = {"DATABASE_URL": url, "FLATRENDER_DATA": str(folder / "data"), "FLATRENDER_HOSTS": "localhost"}
        environment |= {"REDIS_URL": redis_server.url, "FLATRENDER_PAGES_REDIS_URL": pages.url}
        environment["FLATRENDER_WEB_PROCESSES"] = str(PROCESSES)
        with (
            building(built_pages),
            running({**os.environ, **environment, "FLATRENDER_REQUESTS_PER_MINUTE": "0"}) as server,
        ):
            yield House(server.port, people, server.child.popen.pid, postgres_server.process_id())


class running:
    """`flatrender web` on a free port."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.port = free_port()
        words = [sys.executable, "-m", "flatrender", "web", "--port", str(self.port)]
        self.child = process.Child(words, env=environment, limits=process.Limits(wall_seconds=3600))

    def __enter__(self) -> "running":
        def answers() -> bool:
            try:
                return httpx.get(f"http://127.0.0.1:{self.port}/health").is_success
            except httpx.TransportError:
                return False

        until(answers, 600, "an answer of the server")
        return self

    def __exit__(self, *_: object) -> None:
        self.child.close()


def requests(people: list[Person]) -> Iterator[list[Any]]:
    """The mixture, well shaken, in turns by person."""
    mixed = random.Random(5).sample(MIXTURE, len(MIXTURE))
    for number in range(len(people) * len(MIXTURE)):
        person, (kind, method, path, body) = people[number % len(people)], mixed[number % len(mixed)]
        yield [kind, method, "/api/v1" + path.replace("{project}", person.project_id), headers(person), body]


def loaded(house: House, rate: float, seconds: float) -> list[tuple[str, int, float]]:
    words = [sys.executable, "-m", "tests.benchmarks.load", str(house.port), str(rate), str(seconds)]
    given = "\n".join(json.dumps(each) for each in requests(house.people)).encode()
    done = process.run(words, input=given, limits=process.Limits(wall_seconds=seconds + 300))
    assert done.returncode == 0, done.stderr.decode()
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


def percentile(times: list[float], part: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * part))]


def test_lists_of_a_house_with_many_sites(house: House, figure: Record) -> None:
    """A page of each list, one at a time, by the administrators of some of the sites."""
    slowest, told = 0.0, []
    for path in LISTS:
        times = []
        for person in house.people[1:]:
            with house.client(person) as client:
                for turn in range(4):
                    began = time.perf_counter()
                    answer = client.get(path)
                    assert answer.is_success and answer.json()["items"], answer.text
                    times += [(time.perf_counter() - began) * 1000] if turn else []
        told.append(f"{path} {statistics.median(times):.0f} and {percentile(times, 0.95):.0f} ms")
        slowest = max(slowest, percentile(times, 0.95))
    how = f"{SITES} sites × {PROJECTS} projects, PostgreSQL; medians and 95th percentiles: {', '.join(told)}"
    figure(Figure("list pages, 95th percentile of the slowest list", slowest, "ms", 100, how))


def test_many_requests_a_second(house: House, figure: Record) -> None:
    loaded(house, 20, WARM)
    before, asking = house.worked(), os.times()
    found = loaded(house, RATE, SECONDS)
    after, asked = house.worked(), os.times()
    spent = [late - soon for soon, late in zip(before, after, strict=True)]
    spent.append(sum(asked[2:4]) - sum(asking[2:4]))
    each = ", ".join(f"{seconds / len(found) * 1000:.1f}" for seconds in spent)
    times = [milliseconds for _, _, milliseconds in found]
    refused = Counter(status for _, status, _ in found if not 200 <= status < 300)
    kinds = {kind: [ms for each, _, ms in found if each == kind] for kind in ("list", "one", "edit")}
    parts = ", ".join(f"{kind} {percentile(taken, 0.95):.0f} ms" for kind, taken in kinds.items())
    how = f"{len(found)} requests in {SECONDS} s; median {statistics.median(times):.0f} ms; 95th percentiles: {parts}; "
    how += f"{PROCESSES} web processes; ms of processor time a request: web, PostgreSQL, asking {each}"
    assert not refused, refused
    figure(Figure(f"{RATE} mixed requests/s, 95th percentile", percentile(times, 0.95), "ms", 150, how))


def test_the_rate_that_is_borne(house: House, figure: Record) -> None:
    """The highest of some rates at which 95 of 100 are answered within 150 ms."""
    loaded(house, 20, WARM)
    borne = 0.0
    for rate in (100, 200, 250, 300, 350, 400, 450, 500):
        found = loaded(house, rate, 6)
        slow = percentile([milliseconds for _, _, milliseconds in found], 0.95)
        if slow > 150 or any(status >= 500 or not status for _, status, _ in found):
            break
        borne = float(rate)
    figure(Figure("mixed requests/s with a 95th percentile of at most 150 ms", borne, "/s", note="6 s at each rate"))


def test_a_brand_costs_a_page_little(house: House, figure: Record) -> None:
    """The page of a site with a look of its own against the house's: what is sent before the first paint, in turns."""
    times: dict[str, list[float]] = {"": [], house.people[1].slug: []}
    with house.client(house.people[1]) as owner:
        assert owner.patch("/sites/mine", json={"color": "#0E7C86", "name": "Films"}).is_success
    with httpx.Client(base_url=f"http://127.0.0.1:{house.port}", timeout=60) as client:
        for turn in range(43):
            for slug, taken in times.items():
                host = {"Host": f"{slug}.localhost" if slug else "localhost"}
                began = time.perf_counter()
                for path in ("/sign-in", "/tenant.css", "/tenant.js"):
                    assert client.get(path, headers=host).is_success, path
                if turn > 2:
                    taken.append((time.perf_counter() - began) * 1000)
    own, other = (statistics.median(taken) for taken in times.values())
    how = f"page, style and script of a site against the house's own, in turns; medians {other:.1f} and {own:.1f} ms"
    figure(Figure("a brand's part of a page", other - own, "ms", 5, how))
