"""Drawing a run of frames with one child, or with two where the caller would only wait for one."""

import contextlib
import os
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from threading import Event, Thread
from typing import Final

from flatrender.aftereffects.messages import Closed, TimedOut
from flatrender.aftereffects.raster.drawer import Drawer
from flatrender.aftereffects.raster.feed import AHEAD, Feed
from flatrender.aftereffects.raster.member import Member, Refused, Work
from flatrender.aftereffects.raster.pool import Pool
from flatrender.core.errors import ProcessFailed

HELP_WAITED: Final = 0.15
"""Seconds that a caller waits for frames until a second child is worth its start, which takes as long; twice as many
must lie ahead."""
ENCODED_HELP_WAITED: Final = 1.5
"""The same where an encoder follows. It takes its first fifty frames as fast as they come, and mostly waits for none
after that: then the processors are its own, and a second child would only take turns with it."""
WARM_HELP_WAITED: Final = 0.05
"""The same where one is idle."""
HELP_AT_ONCE: Final = 100
"""For so many frames an idle one helps from the first on, where no encoder takes its processor."""
WAITING_SHARE: Final = 0.5
"""Of the time since the first frame must have gone so."""


class Team:
    """The children that draw one run of frames, and which of them was asked for which."""

    def __init__(self, pool: Pool, work: Work, frame_seconds: float) -> None:
        self._feed = Feed(work.pictures, work.numbers, work.frame_bytes * work.slots)
        self._pool, self._frame_seconds = pool, frame_seconds
        self._drawers = [pool.take()]
        self._work = replace(work, fill=self._drawers[0].fills)
        self._members: list[Member] = []
        self._asked: deque[tuple[Member, int]] = deque()
        self._help: Help | None = None
        self._waited = 0.0
        self._since = 0.0

    def draw(self) -> Iterator[memoryview]:
        numbers = self._work.numbers
        at: float | None = None
        asked_of: Drawer | None = None
        next_one = 0
        alone = self._work.planar or self._work.pictures
        if len(numbers) >= HELP_AT_ONCE and not alone and self._pool.has_idle:
            self._get_help()
        try:
            self._members.append(self._first())
            for done, number in enumerate(numbers):
                at = number
                next_one = self._ask(next_one, done)
                member, slot = self._asked.popleft()
                asked_of = member.drawer
                before = time.monotonic()
                member.answer()
                self._watch(before, done)
                yield member.view(slot)
                member.free.append(slot)
        except (Closed, TimedOut) as error:
            raise (asked_of or self._drawers[0]).why(at, error) from None
        except Refused as error:
            where = "" if at is None else f" at frame {at:g}"
            raise ProcessFailed(
                f"The renderer could not draw this composition{where}: {error}.", code="renderer-failed", frame=at
            ) from None

    def _first(self) -> Member:
        drawer = self._drawers[0]
        try:
            return Member(drawer, self._work, self._feed, self._frame_seconds)
        except (Closed, TimedOut):
            if not drawer.fills:
                raise
        # It ended or hangs while it gets ready, which is no fault of what is to be drawn.
        drawer.close()
        self._pool.may_fill = False
        self._work = replace(self._work, fill=False)
        self._drawers[0] = self._pool.start()
        return Member(self._drawers[0], self._work, self._feed, self._frame_seconds)

    def _ask(self, next_one: int, done: int) -> int:
        """Has frames drawn as far ahead as there is room; returns the first that is still to be asked for."""
        if self._help is not None and (helping := self._help.take(fills=self._members[0].fills)) is not None:
            self._members.append(helping)
            self._drawers.append(helping.drawer)
        moving, numbers = bool(self._work.pictures), self._work.numbers
        end = min(len(numbers), done + AHEAD) if moving else len(numbers)
        while next_one < end:
            member = max(self._members, key=lambda one: len(one.free))
            if not member.free:
                break
            show = self._feed.fill(member.memory) if moving else []
            self._asked.append((member, member.ask(numbers[next_one], show)))
            next_one += 1
        return next_one

    def _watch(self, before: float, done: int) -> None:
        """Asks for help when drawing is what the caller waits for."""
        now = time.monotonic()
        if done == 0:
            self._since = now
            return
        self._waited += now - before
        left = (now - self._since) / done * (len(self._work.numbers) - done)
        usual = ENCODED_HELP_WAITED if self._work.planar else HELP_WAITED
        enough = min(usual, WARM_HELP_WAITED) if self._pool.has_idle and not self._work.planar else usual
        waits = self._waited > enough and self._waited > WAITING_SHARE * (now - self._since)
        if self._help is None and waits and left > 2 * enough and not self._work.pictures:
            self._get_help()

    def _get_help(self) -> None:
        self._help = Help(self._pool, self._work, self._feed, self._frame_seconds)

    def end(self, *, stopped: bool = False) -> None:
        """Gives the children back; `stopped` in the middle, where those that do not answer are ended."""
        self._leave_help()
        for drawer in self._drawers:
            if stopped and not drawer.stop(self._frame_seconds):
                drawer.close()
            else:
                self._pool.give_back(drawer)

    def close(self) -> None:
        """Ends the children."""
        self._leave_help()
        for drawer in self._drawers:
            drawer.close()

    def _leave_help(self) -> None:
        if self._help is not None:
            self._help.leave()


class Help:
    """A second child that gets ready in a thread, while the first one draws on."""

    def __init__(self, pool: Pool, work: Work, feed: Feed, frame_seconds: float) -> None:
        self._member: Member | None = None
        self._ready = Event()
        self._pool, self._frame_seconds = pool, frame_seconds
        self._held = processors() > 1 and pool.enter()
        if self._held:
            self._thread = Thread(target=self._get, args=(work, feed), name="drawing help", daemon=True)
            try:
                self._thread.start()
            except RuntimeError:  # the system allows no more; one child draws it all
                self._held = False
                pool.leave()

    def _get(self, work: Work, feed: Feed) -> None:
        # Whatever fails here, the first child draws everything and says what is wrong.
        with contextlib.suppress(Exception):
            drawer = self._pool.take()
            try:
                self._member = Member(drawer, work, feed, self._frame_seconds)
            except BaseException:
                drawer.close()
                raise
            self._ready.set()

    def take(self, *, fills: bool) -> Member | None:
        """The child once it is ready, if it draws in the same way."""
        if not self._ready.is_set() or self._member is None or self._member.fills != fills:
            return None
        member, self._member = self._member, None
        return member

    def leave(self) -> None:
        """Its place is free again; a child that came too late goes back."""
        if not self._held:
            return
        self._thread.join()
        if self._member is not None:
            self._pool.give_back(self._member.drawer)
        self._pool.leave()


def processors() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
