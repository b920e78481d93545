"""The fixtures' servers are real, empty, and start again after a crash."""

import psycopg
import redis

from tests.servers import PostgresServer, RedisServer


def test_a_database_is_empty_and_of_its_own(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE TABLE only_here (id int)")
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert tables == (1,)


def test_postgres_starts_again_after_a_crash(postgres_server: PostgresServer) -> None:
    with postgres_server.database() as url:
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept (id int)")
        postgres_server.stop("immediate")
        postgres_server.start()
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_redis_keeps_its_keys_when_killed(redis_server: RedisServer, redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.set("kept", "1")
    redis_server.kill()
    redis_server.start()
    with redis.Redis.from_url(redis_url) as client:
        assert client.get("kept") == b"1"
