"""The machine loses its power: X-23. Needs root, to mount a file system of its own.

The database lies on an ext4 whose device is a file. A power cut ends the server and mounts, in place
of that device, a copy of what had reached it by then: what was only in memory is forgotten.
"""

import asyncio
import shutil
import sqlite3
import subprocess
from glob import glob
from pathlib import Path

import pytest

from ledger import jti_of


class Disk:
    def __init__(self, folder: Path):
        self.folder, self.place, self.cuts = folder, folder / "disk", 0
        self.place.mkdir()
        with self.image().open("wb") as image:
            image.truncate(64 << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", self.image()], check=True)
        self.mount()

    def image(self) -> Path:
        return self.folder / f"device-{self.cuts}"

    def mount(self) -> None:
        # Nothing is written back merely because it has been in memory for a while.
        subprocess.run(["mount", "-o", "loop,commit=300", self.image(), self.place], check=True)

    def unmount(self) -> None:
        subprocess.run(["umount", "--lazy", self.place], check=True)

    def lose_power(self, server) -> None:
        server.program.kill()
        forgetful = self.image()
        self.cuts += 1
        shutil.copyfile(forgetful, self.image())
        self.unmount()
        forgetful.unlink()
        self.mount()


@pytest.fixture
def disk(tmp_path):
    disk = Disk(tmp_path)
    yield disk
    disk.unmount()


def integrity(disk: Disk) -> str:
    with sqlite3.connect(disk.place / "porteiro.db") as database:
        [[said]] = database.execute("PRAGMA integrity_check")
    return said


def test_what_was_answered_survives_a_power_cut(make_world, disk, dice):
    """X-23"""
    world = make_world(None)
    world.database = f"sqlite:{disk.place}/porteiro.db"
    server = world.serving()
    cuts = 30 if world.long else 3

    async def cut_again_and_again():
        async with world.crew(server.port) as crew:
            for _ in range(cuts):
                await asyncio.sleep(dice.uniform(0.5, 2.5))
                await asyncio.to_thread(disk.lose_power, server)
                await asyncio.to_thread(server.start)
            await asyncio.sleep(1)
        for actor in crew.actors:
            for token in actor.tokens:
                await actor.tell("introspect", "POST", "/oauth2/introspect", {"token": token}, named=jti_of(token))

    asyncio.run(cut_again_and_again())
    # A device that is slow to sync, as this one may be, is out of reach for a while.
    verdict = world.judge(server, "broken", "refused", 503)
    server.program.stop()
    said = integrity(disk)
    unanswered = world.ledger.outcomes()["broken"]
    world.report("X-23", f"{cuts} power cuts, {unanswered} requests cut off; {verdict}; integrity {said}")
    assert unanswered, "the cuts met no request"
    assert verdict.clean(), verdict
    assert said == "ok"


def test_what_was_not_synced_is_forgotten(make_world, disk):
    """X-23, the other way round: a server that cannot sync loses tokens, so the disk does forget."""
    world = make_world(None)
    world.database = f"sqlite:{disk.place}/porteiro.db"
    server = world.serving()
    server.program.stop()
    subprocess.run(["sync", "--file-system", disk.place], check=True)
    [server.environment["LD_PRELOAD"]] = glob("/usr/lib/*/libeatmydata.so")
    server.start()

    async def work_for_a_while():
        async with world.crew(server.port):
            await asyncio.sleep(2)

    asyncio.run(work_for_a_while())
    disk.lose_power(server)
    del server.environment["LD_PRELOAD"]
    server.start()
    verdict = world.judge(server)
    world.report("X-23", f"one power cut where nothing can be synced, to see that it forgets: lost {len(verdict.lost)}")
    assert verdict.lost
