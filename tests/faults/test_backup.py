"""A backup is taken under load and restored: X-22. The commands are those of
docs/how-to/back-up-and-restore.md."""

import asyncio
import shutil
import sqlite3
import time

from connection import Connection
from machines import Postgres, rows


async def under_load(world, server, take) -> dict:
    """What was issued before and after the backup, and taken back after it."""
    async with world.crew(server.port):
        await asyncio.sleep(2 if not world.long else 30)
        actor = world.crew(server.port, actors=1).actors[0]
        await actor.log_in()
        await actor.code()
        await actor.client_credentials()
        await actor.client_credentials()
        before = actor.tokens[-2:]
        await asyncio.to_thread(take)
        await actor.client_credentials()
        after = actor.tokens[-1]
        await actor.tell("revoke", "POST", "/oauth2/revoke", {"token": before[0]}, named="before the backup")
        await asyncio.sleep(1)
    return {"actor": actor, "revoked": before[0], "kept": before[1], "after": after}


def judge_restored(world, server, issued: dict, how: str) -> None:
    """Before the documented command what was revoked lives again; after it nothing of before does."""
    actor = issued["actor"]
    actor.connection = Connection(server.port)

    async def active() -> dict:
        found = {}
        for name in ("revoked", "kept", "after"):
            _, answer = await actor.tell("probe", "POST", "/oauth2/introspect", {"token": issued[name]})
            found[name] = answer.json()["active"]
        return found

    async def ask() -> tuple:
        restored = await active()
        taken_back = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 1))
        await asyncio.to_thread(server.run, "token", "revoke", "--all", "--issued-before", taken_back)
        await asyncio.sleep(1)
        refreshed, _ = await actor.tell("refresh", "POST", "/oauth2/token",
                                        {"grant_type": "refresh_token", "refresh_token": actor.refresh_token})
        _, page = await actor.tell("authorize", "GET", actor.authorization()[0])
        afterwards = await active()
        await asyncio.sleep(1.5)
        fresh, _ = await actor.tell("token", "POST", "/oauth2/token", {"grant_type": "client_credentials"})
        return restored, afterwards, refreshed["outcome"], page.header("location") or "", fresh["outcome"]

    restored, afterwards, refreshed, went_to, fresh = asyncio.run(ask())
    world.report("X-22", f"{how}: issued after the backup and active: {int(restored['after'])}; revoked after it and "
                         f"active again: {int(restored['revoked'])}, after the command {int(any(afterwards.values()))}; "
                         f"refresh {refreshed}")
    assert not restored["after"], "issued after the backup"
    assert restored["kept"], "the backup holds what was issued before it"
    assert afterwards == {"revoked": False, "kept": False, "after": False}
    assert refreshed == 400
    assert "/login" in went_to, went_to
    assert fresh == 200


def test_sqlite_is_backed_up_under_load_and_restored(on_sqlite):
    world, server = on_sqlite, on_sqlite.serving()
    copy = world.folder / "backup.db"

    def take():
        with sqlite3.connect(world.database.removeprefix("sqlite:")) as database:
            database.execute("VACUUM INTO ?", (str(copy),))

    issued = asyncio.run(under_load(world, server, take))
    server.program.stop()
    for file in world.folder.glob("porteiro.db*"):
        file.unlink()
    shutil.copy(copy, world.folder / "porteiro.db")
    server.start()
    assert rows(server, None, "PRAGMA integrity_check") == ["ok"]
    judge_restored(world, server, issued, "VACUUM INTO")


def test_postgres_is_dumped_under_load_and_restored(on_postgres, cluster):
    world, server = on_postgres, on_postgres.serving()
    database, dump = world.database.rpartition("/")[2], cluster.folder / "dump"

    def take():
        cluster.run("pg_dump", "-h", "127.0.0.1", "-p", cluster.port, "-U", "postgres", "-Fc", "-f", dump, database)

    issued = asyncio.run(under_load(world, server, take))
    server.program.stop()
    cluster.query(f"DROP DATABASE {database}", "postgres")
    cluster.create(database)
    cluster.run("pg_restore", "-h", "127.0.0.1", "-p", cluster.port, "-U", "postgres", "-d", database,
                 "--exit-on-error", dump)
    server.start()
    judge_restored(world, server, issued, "pg_dump")


def test_postgres_is_copied_under_load_and_restored(on_postgres, cluster):
    world, server = on_postgres, on_postgres.serving()
    copies = []
    issued = asyncio.run(under_load(
        world, server, lambda: copies.append(Postgres(cluster.folder / "base", copy_of=cluster))))
    server.program.stop()
    [copy] = copies
    (copy.folder / "data" / "standby.signal").unlink()
    copy.start()
    try:
        server.environment["PORTEIRO_DATABASE__URL"] = copy.url(world.database.rpartition("/")[2])
        server.start()
        judge_restored(world, server, issued, "pg_basebackup")
        server.program.stop()
    finally:
        copy.stop()
