"""How long a render will take: from films of about this size that were rendered here, else a guess."""

from dataclasses import replace

import pytest
from sqlmodel import Session

from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.renders import resolving
from flatrender.renders.models import SceneFilm
from flatrender.renders.planner import DEFAULT_SECONDS_PER_FRAME
from tests.renders.test_planner import SOURCE

OWN = replace(SOURCE, size=(1920, 1080), template_id="the template")
WIDTH, HEIGHT = OWN.size


def film(session: Session, name: str, template: str, scale: int, seconds_per_frame: float) -> None:
    session.add(
        SceneFilm(
            tenant_id=DEFAULT_TENANT,
            content_hash=name,
            key=name,
            template_id=template,
            frames=10,
            size=1,
            width=WIDTH // scale,
            height=HEIGHT // scale,
            render_seconds=10 * seconds_per_frame,
        )
    )
    session.flush()


def test_films_of_about_this_size_tell_small_ones_do_not(installation: Database) -> None:
    with installation.tenant_session(DEFAULT_TENANT) as session:

        def told() -> tuple[float, bool]:
            return resolving.seconds_per_frame(session, OWN), resolving.has_history(session, OWN)

        guess = pytest.approx(DEFAULT_SECONDS_PER_FRAME)
        assert told() == (guess, False)
        film(session, "tiny", OWN.template_id, 8, 0.2)
        assert told() == (guess, False), "nearly all of its time was the start"
        film(session, "other", "another template", 1, 0.08)
        assert told() == (pytest.approx(0.08), True)
        film(session, "own", OWN.template_id, 2, 0.01)
        assert told() == (pytest.approx(0.04), True), "the template's own count first, by their pixels"
