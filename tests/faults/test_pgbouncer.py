"""PgBouncer between the server and Postgres, in transaction mode, as deploy/ ships it."""

import asyncio
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from machines import Program, free_port, wait_until
from test_store_away import away, judged

pytestmark = pytest.mark.failover

SHIPPED = Path(__file__).parents[2] / "deploy/postgres/pgbouncer.ini"
PASSWORD = "change-me"
# Fewer than a server has to PgBouncer, so that they must be shared.
CONNECTIONS = 8


class Pooler:
    def __init__(self, folder: Path, port_of_postgres: int, database: str):
        self.port, self.database = free_port(), database
        users = folder / "userlist.txt"
        users.write_text(f'"postgres" "{PASSWORD}"\n')
        text = SHIPPED.read_text()
        text = text.replace("porteiro = host=db1 port=5432 dbname=porteiro",
                            f"{database} = host=127.0.0.1 port={port_of_postgres} dbname={database}")
        text = text.replace("/etc/pgbouncer/userlist.txt", str(users))
        text = text.replace("listen_port = 6432", f"listen_port = {self.port}")
        text = re.sub(r"default_pool_size = \d+", f"default_pool_size = {CONNECTIONS}", text)
        file = folder / "pgbouncer.ini"
        file.write_text(text + "unix_socket_dir =\nadmin_users = postgres\n")
        user = ["-u", "postgres"] if os.getuid() == 0 else []
        self.program = Program([*os.environ["PGBOUNCER"].split(), *user, file], folder / "pgbouncer.log")

    def start(self) -> None:
        self.program.log.touch()
        known = self.program.log.stat().st_size
        self.program.start()
        wait_until(lambda: "process up" in self.program.log.read_text()[known:], f"see {self.program.log}")

    def kill(self) -> None:
        self.program.kill()

    def url(self) -> str:
        return f"postgres://postgres:{PASSWORD}@127.0.0.1:{self.port}/{self.database}"


@pytest.fixture
def pooled(on_postgres, cluster):
    """A world whose servers reach Postgres only through PgBouncer."""
    world = on_postgres
    world.pooler = Pooler(world.folder, cluster.port, world.database.rpartition("/")[2])
    world.pooler.start()
    world.database = world.pooler.url()
    yield world
    world.close()
    world.pooler.program.stop()


def connections(cluster, database: str) -> int:
    return int(cluster.query(f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{database}'", "postgres")[0])


def test_postgres_and_pgbouncer_are_killed_and_come_back(pooled, cluster):
    """X-01, behind a pooler."""
    world = pooled
    rounds, absence = (10, 10) if world.long else (2, 2)
    server = world.serving()
    judged(world, server, "X-01 (PgBouncer)", *asyncio.run(
        away(world, server, cluster.crash, cluster.start, rounds, absence, between=3)))
    shared = connections(cluster, world.pooler.database)
    assert 0 < shared <= CONNECTIONS


def test_pgbouncer_is_killed_and_comes_back(pooled):
    world = pooled
    rounds, absence = (10, 10) if world.long else (2, 2)
    server = world.serving()
    judged(world, server, "X-01 (PgBouncer itself)", *asyncio.run(
        away(world, server, world.pooler.kill, world.pooler.start, rounds, absence, between=3)))


def test_commands_work_through_pgbouncer(pooled, cluster):
    """Migrations too, and by several at once, but those that take longer than a statement may."""
    world = pooled
    server = world.server(start=False)
    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda _: server.run("migrate", "up"), range(2)))
    assert all(migration["applied"] for migration in server.run("migrate", "status"))
    world.people_and_clients(server)
    server.start()

    async def work_for_a_while():
        async with world.crew(server.port):
            await asyncio.sleep(1)

    asyncio.run(work_for_a_while())
    assert server.run("token", "list")
    server.run("token", "revoke", "--client", "machine")
    server.run("key", "rotate", "--now")
    server.run("user", "disable", "ana")
    assert [client["client_id"] for client in server.run("client", "list")] == ["app", "machine"]
    assert "statements_unlimited" not in {finding["code"] for finding in server.run("doctor")}
    verdict = world.judge(server)
    world.report("PgBouncer", f"migrated, served and administered through it; {verdict}")
    assert verdict.clean(), verdict


def test_the_doctor_misses_the_limits_that_a_pooler_swallows(pooled):
    world = pooled
    world.pooler.program.stop()
    file = world.pooler.program.command[-1]
    file.write_text(re.sub(r" connect_query='[^']*'", "", file.read_text()))
    world.pooler.start()
    server = world.server()
    assert "statements_unlimited" in {finding["code"] for finding in server.run("doctor")}
