"""PostgreSQL's role for nodes on other machines: enough for a whole job, and no more (`deploy/node-role.sql`)."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ProgrammingError

from tests.faults.conftest import ROOT, Farm, farm_on

SCRIPT = ROOT / "deploy" / "node-role.sql"


def as_node(url: str) -> str:
    return re.sub(r"//[^@]*@", "//flatrender_node@", url)


@pytest.fixture
def nodes(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Farm]:
    with farm_on("postgres", tmp_path, monkeypatch, postgres_url) as nodes:
        statements = re.sub(r"--.*", "", SCRIPT.read_text("utf-8"))
        with nodes.database.engine.begin() as connection:
            connection.exec_driver_sql(statements)
        yield nodes
        with nodes.database.engine.begin() as connection:
            connection.exec_driver_sql("DROP OWNED BY flatrender_node; DROP ROLE flatrender_node")


def test_a_whole_job_with_the_rights_of_a_node(nodes: Farm, postgres_url: str) -> None:
    nodes.start("n1", DATABASE_URL=as_node(postgres_url), FLATRENDER_NODE_TOKEN="")
    path = "/Jobs/film.aep"
    nodes.is_job(nodes.submit(supersede_key=path), "COMPLETED")
    nodes.mode("hold")
    older = nodes.submit(supersede_key=path)
    nodes.is_job(older, "RENDERING")
    newer = nodes.submit(supersede_key=path)
    nodes.is_job(older, "CANCELLED")
    nodes.mode("")
    nodes.is_job(newer, "COMPLETED")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT password_hash FROM user_account",
        "SELECT * FROM user_session",
        "UPDATE farm_node_token SET revoked_at = NULL",
        "INSERT INTO farm_node_token (id, name, digest, created_at) VALUES ('a', 'a', 'a', now())",
        "UPDATE farm_switch SET stopped = false",
        "DELETE FROM render_job",
        "DELETE FROM export",
        "UPDATE project SET name = 'x'",
        "UPDATE tenant SET name = 'x'",
        "CREATE TABLE mine (id int)",
        "DROP TABLE farm_task",
    ],
)
def test_what_a_node_may_not_do(nodes: Farm, postgres_url: str, statement: str) -> None:
    engine = create_engine(as_node(postgres_url).replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection, pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        connection.execute(text(statement))
    engine.dispose()
