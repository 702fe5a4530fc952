"""The disk is full, then freed: X-06, X-07. Needs root, to mount a small file system."""

import asyncio
import os
import sqlite3
from pathlib import Path

from machines import Postgres


def fill(folder: Path) -> Path:
    """Leaves not a byte."""
    filler = folder / "filler"
    with filler.open("wb") as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    os.write(file.fileno(), b"\0" * size)
            except OSError:
                continue
    return filler


async def full_for_a_while(world, server, folder: Path, seconds: float) -> tuple:
    async with world.crew(server.port):
        await asyncio.sleep(1)
        filler = fill(folder)
        full = world.ledger.now()
        await asyncio.sleep(seconds)
        filler.unlink()
        freed = world.ledger.now()
        await asyncio.sleep(3)
    return world.ledger.outcomes(full, freed), world.ledger.first_success(freed)


def test_sqlite_survives_a_full_disk(make_world, mount):
    """X-07"""
    folder = mount(12)
    world = make_world(None)
    world.database = f"sqlite:{folder}/porteiro.db"
    server = world.serving()
    outcomes, back = asyncio.run(full_for_a_while(world, server, folder, 60 if world.long else 4))
    verdict = world.judge(server, 503)
    server.program.stop()
    with sqlite3.connect(f"{folder}/porteiro.db") as database:
        [[integrity]] = database.execute("PRAGMA integrity_check")
    world.report("X-07", f"full: {dict(outcomes)}; {verdict}; first success {back:.2f} s after; integrity {integrity}")
    assert outcomes[503], "the disk was not full"
    assert verdict.clean(), verdict
    assert integrity == "ok"


def test_postgres_survives_a_full_disk(make_world, mount):
    """X-06: Postgres may stop over it; the server does not have to be restarted."""
    folder = mount(200)
    for parent in [folder, *folder.parents[:3]]:
        parent.chmod(parent.stat().st_mode | 0o011)
    postgres = Postgres(folder / "postgres", settings={"max_wal_size": "32MB", "min_wal_size": "32MB"})
    postgres.start()
    try:
        world = make_world(postgres)
        server = world.serving()
        outcomes, back = asyncio.run(full_for_a_while(world, server, folder, 60 if world.long else 6))
        verdict = world.judge(server, 503)
    finally:
        postgres.stop()
    world.report("X-06", f"full: {dict(outcomes)}; {verdict}; first success {back:.2f} s after, without a restart")
    assert outcomes[503], "the disk was not full"
    assert verdict.clean(), verdict
