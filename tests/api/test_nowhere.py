"""What no route takes, a body that is none, what two do at once: answered as every error is, never with a page."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from flatrender.api import errors
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.templates.models import Category
from tests.deadline import until


@pytest.mark.parametrize("path", ["/api/v1/nosuch", "/api/v1/projects/", "/api/nosuch"])
def test_an_unknown_address(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json()["code"] == "not-found"


def test_a_method_that_an_address_does_not_take(client: TestClient) -> None:
    answer = client.put("/api/v1/projects")
    assert (answer.status_code, answer.headers["allow"], answer.json()["code"]) == (
        405,
        "GET, POST",
        "method-not-allowed",
    )


def test_a_body_that_is_not_json(client: TestClient) -> None:
    answer = client.post("/api/v1/auth/sign-in", content=b'{"email": }', headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-json")
    assert answer.json()["detail"] == "The body is not JSON: at character 10, expecting value."


def test_a_fault_of_ours_is_called_none_of_two_at_once(tmp_path: Path, postgres_url: str) -> None:
    """Each kind of refusal, from each database itself."""
    made = (
        "CREATE TABLE shelf (id INTEGER PRIMARY KEY)",
        "CREATE TABLE book (id INTEGER PRIMARY KEY, shelf INTEGER REFERENCES shelf (id), pages INTEGER NOT NULL, "
        "CHECK (pages > 0))",
        "INSERT INTO shelf VALUES (1)",
    )
    refused = {
        "INSERT INTO shelf VALUES (1)": (409, "conflict"),
        "INSERT INTO book VALUES (1, 2, 3)": (409, "conflict"),
        "INSERT INTO book VALUES (1, 1, NULL)": (500, "error"),
        "INSERT INTO book VALUES (1, 1, 0)": (500, "error"),
    }
    for url in (f"sqlite:///{tmp_path / 'shelves.db'}", postgres_url):
        database = Database(url)
        try:
            with database.engine.begin() as connection:
                for statement in made:
                    connection.exec_driver_sql(statement)
            browser = TestClient(_doing(database), raise_server_exceptions=False)
            for statement, said in refused.items():
                answer = browser.post("/do", params={"statement": statement})
                assert (answer.status_code, answer.json()["code"]) == said, (url, statement)
        finally:
            database.dispose()


def _doing(database: Database) -> FastAPI:
    app = FastAPI()
    errors.install(app)

    @app.post("/do")
    def do(statement: str) -> None:
        with database.engine.begin() as connection:
            connection.exec_driver_sql(statement)

    return app


@pytest.mark.parametrize("installation", ["postgresql"], indirect=True)  # SQLite has one writer at a time
def test_the_second_of_two_who_make_the_same_at_once_hears_so(house: TestClient, installation: Database) -> None:
    def waits() -> bool:
        with installation.engine.connect() as connection:
            return bool(connection.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE NOT granted").scalar())

    with ThreadPoolExecutor(1) as other:
        with installation.tenant_session(DEFAULT_TENANT) as session:
            session.add(Category(key="promos", name="Promos"))
            session.flush()
            second = other.submit(house.post, "/api/v1/categories", json={"name": "Promos"})
            until(waits)
        answer = second.result()
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
