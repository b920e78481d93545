"""Chaos: `python -m tests.faults.chaos [--jobs 400] [--nodes 4] [--minutes 10] [--database sqlite|postgres]`.

Nodes are killed, stopped past their lease, ended and started again, their connections to PostgreSQL cut, jobs
cancelled, boosted and superseded, the farm stopped, all at random; at the end the faults cease, every job must end, and
the invariants must hold; that of limits at every turn. A courier tells a program of a site of all of it, which does not
always take what it is told. Prints what happened. The seed is printed first: `--seed` repeats the same choices.
"""

import argparse
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from flatrender.core.db import DEFAULT_TENANT
from flatrender.core.errors import FlatRenderError
from flatrender.core.outbox import OutboxEvent
from flatrender.farm import service as farm
from flatrender.farm.models import LicenceLimit
from flatrender.notifications import courier, webhooks
from flatrender.notifications.models import Delivery, DeliveryState
from flatrender.renders import service
from flatrender.renders.states import TERMINAL, JobState
from tests.deadline import until
from tests.faults.conftest import LEASE, Farm, farm_on
from tests.faults.invariants import assert_limits
from tests.http_server import Answering, LocalServer
from tests.renders.job_life import ADMIN
from tests.servers import PostgresServer

TURN = 0.1  # seconds from one chance of a fault to the next
NODE = "a node in chaos"  # how its connections are called
LICENCE = "plugin"  # of which there is one
_SEVER = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
    "AND application_name = :node ORDER BY state LIKE 'idle' LIMIT :most"
)  # first those in the middle of something


class Program(LocalServer):
    """A site's own, told of its renders: it refuses every third message once, and keeps which ids it has seen."""

    def __init__(self) -> None:
        self.bodies: dict[str, set[bytes]] = {}
        outer = self

        class Handler(Answering):
            def do_POST(self) -> None:
                self.answer(outer.hear(self.headers["webhook-id"], self.body()))

        super().__init__(Handler)
        self.url += "/told"

    def hear(self, key: str, body: bytes) -> int:
        """What it answers."""
        seen = key in self.bodies
        self.bodies.setdefault(key, set()).add(body)
        return 204 if seen or len(self.bodies) % 3 else 503


class Chaos:
    """Faults by chance on a farm."""

    def __init__(self, nodes: Farm, names: list[str], seed: int) -> None:
        self.nodes, self.names, self.chance = nodes, names, random.Random(seed)
        self.stopped: dict[str, float] = {}  # name: when it goes on
        self.happened: Counter[str] = Counter()

    def run(self, jobs: int, seconds: float) -> Counter[str]:
        """Sends `jobs` over `seconds` under faults, then waits for the end of all; what happened, how often."""
        with ExitStack() as stack:
            patch = stack.enter_context(pytest.MonkeyPatch.context())
            patch.setattr(courier, "WAITS", (0.1,) * 20)
            patch.setattr(courier, "LEASE", timedelta(seconds=LEASE))  # of a message whose end could not be written
            program = stack.enter_context(closing(Program()))
            with self.nodes.database.tenant_session(DEFAULT_TENANT) as session:
                heard = [kind for kind in webhooks.EVENTS if kind.startswith("render.")]
                webhooks.create(session, {"name": "chaos", "url": program.url, "events": heard})
            with self.nodes.database.system_session() as session:
                session.add(LicenceLimit(name=LICENCE, most=1))
            stack.enter_context(courier.Courier(self.nodes.database))
            happened = self._run(jobs, seconds)
            until(lambda: self._all_told(program), 60 + seconds, "the last message")
            return happened

    def _all_told(self, program: Program) -> bool:
        """Whether every event was told to the program, and every try of a message said the same under the same id."""
        with self.nodes.database.system_session(read_only=True) as session:
            events = session.exec(select(OutboxEvent.id).where(col(OutboxEvent.delivered_at).is_(None))).all()
            messages = session.exec(select(Delivery.id, Delivery.state)).all()
        if events or any(state == DeliveryState.WAITING for _, state in messages):
            return False
        assert all(state == DeliveryState.SENT for _, state in messages)
        assert {key for key, _ in messages} == {*program.bodies}
        assert all(len(bodies) == 1 for bodies in program.bodies.values())
        return True

    def _run(self, jobs: int, seconds: float) -> Counter[str]:
        nodes = self.nodes
        nodes.mode("work")
        self._start(*self.names)
        began = time.monotonic()
        # On a busy machine turns are few: it goes on until a node was hurt at all.
        while (spent := time.monotonic() - began) < seconds or len(nodes.submitted) < jobs or not self._hurt():
            while len(nodes.submitted) < min(jobs, jobs * spent / (0.8 * seconds)):
                path = f"/Jobs/{self.chance.randrange(jobs)}.aep" if self.chance.random() < 0.3 else None
                try:
                    nodes.submit(supersede_key=path)
                    with nodes.database.tenant_session(DEFAULT_TENANT) as session:
                        farm.enqueue(session, DEFAULT_TENANT, "chaos", [farm.NewTask("licensed", licences=(LICENCE,))])
                except FlatRenderError as error:  # a stopped node may hold SQLite's lock: it goes on in this turn
                    self.happened[f"refused: {error.code}"] += 1
                    break
            self._act()
            assert_limits(nodes.database)
        for name in list(self.stopped):
            self._go_on(name)
        until(self._resumed, 60, "the farm to go on")
        until(self._all_ended, 60 + seconds, "the end of all jobs")
        return self.happened + Counter(nodes.job(job_id).state for job_id in nodes.submitted)

    def _hurt(self) -> int:
        return self.happened["kill"] + self.happened["stop"] + self.happened["end"]

    def _resumed(self) -> bool:
        try:
            with self.nodes.database.system_session() as session:
                farm.resume(session)
        except FlatRenderError:
            return False
        return True

    def _all_ended(self) -> bool:
        assert_limits(self.nodes.database)
        return all(JobState(self.nodes.job(job_id).state) in TERMINAL for job_id in self.nodes.submitted) and not any(
            task.state in {"WAITING", "CLAIMED"} for task in self.nodes.tasks("chaos")
        )

    def _act(self) -> None:
        now = time.monotonic()
        self._resume_due()
        faults: list[tuple[float, Callable[[], None]]] = [
            (0.10, self._kill),
            (0.06, self._stop),
            (0.06, self._end),
            (0.08, self._cancel),
            (0.08, self._boost),
            (0.01, self._emergency),
        ]
        if not self.nodes.database.is_sqlite:
            faults.append((0.25, self._sever))
        for chance, fault in faults:
            if self.chance.random() < chance:
                try:
                    fault()
                except FlatRenderError as error:
                    self.happened[f"refused: {error.code}"] += 1
                else:
                    self.happened[fault.__name__.strip("_")] += 1
        until(lambda: time.monotonic() >= now + TURN, 60, "the next turn")

    def _start(self, *names: str) -> None:
        self.nodes.start(*names, PGAPPNAME=NODE)

    def _running(self) -> str:
        return self.chance.choice([name for name in self.names if name not in self.stopped] or self.names)

    def _kill(self) -> None:
        name = self._running()
        self.stopped.pop(name, None)
        self.nodes.kill(name)
        self._start(name)

    def _stop(self) -> None:
        if len(self.stopped) < len(self.names) - 1:
            name = self._running()
            self.nodes.stop(name)
            self.stopped[name] = time.monotonic() + self.chance.uniform(0.5, 2.5) * LEASE

    def _resume_due(self) -> None:
        for name, until_then in list(self.stopped.items()):
            if time.monotonic() >= until_then:
                self._go_on(name)

    def _go_on(self, name: str) -> None:
        del self.stopped[name]
        self.nodes.signal(name, signal.SIGCONT)

    def _end(self) -> None:
        name = self._running()
        if name in self.stopped:
            return
        self.nodes.signal(name, signal.SIGTERM)
        child = self.nodes.nodes[name]

        def ended() -> bool:
            self._resume_due()  # who is stopped may hold what it waits for
            return not child.alive

        until(ended, 30, f"the end of {name}")
        child.close()
        self._start(name)

    def _cancel(self) -> None:
        with self.nodes.database.system_session() as session:
            service.cancel(session, ADMIN, self.chance.choice(self.nodes.submitted))

    def _boost(self) -> None:
        with self.nodes.database.system_session() as session:
            service.boost(session, ADMIN, self.chance.choice(self.nodes.submitted), 80)

    def _emergency(self) -> None:
        with self.nodes.database.system_session() as session:
            farm.emergency_stop(session, reason="chaos")
        with self.nodes.database.system_session() as session:
            farm.resume(session)

    def _sever(self) -> None:
        """One connection breaks, now and then all of them: in the middle of a transaction, or unheard after its end."""
        most = 100 if self.chance.random() < 0.1 else 1
        with self.nodes.database.system_session() as session:
            session.execute(_SEVER, {"node": NODE, "most": most})


def main(words: list[str]) -> int:
    from flatrender.commands.components import find_postgres

    parser = argparse.ArgumentParser(prog="python -m tests.faults.chaos", description=__doc__)
    parser.add_argument("--jobs", type=int, default=400)
    parser.add_argument("--nodes", type=int, default=4)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="postgres")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    given = parser.parse_args(words)
    print(f"seed {given.seed}", flush=True)
    with ExitStack() as stack:
        url = None
        if given.database == "postgres":
            binaries = find_postgres()
            assert binaries is not None
            url = stack.enter_context(stack.enter_context(PostgresServer(binaries)).database())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fr-chaos-")))
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        nodes = stack.enter_context(farm_on(given.database, folder, patch, url))
        names = [f"n{number}" for number in range(given.nodes)]
        happened = Chaos(nodes, names, given.seed).run(given.jobs, given.minutes * 60)
    for what, times in sorted(happened.items()):
        print(f"{times:6d}  {what}")
    print("the invariants hold")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
