"""More than a server can hold: passwords, connections, slow senders: X-24, X-25, X-26."""

import asyncio
import os
import resource
import time
from pathlib import Path

from connection import Connection, Unanswered, basic

HEADERS_WITHIN = 30


def resident(process: int, what: str = "VmRSS") -> int:
    """Mebibytes."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith(what))


def processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def paced(world, server, seconds: float, beside=None) -> tuple[float, list]:
    """How long good clients wait at the worst (99 %), and what was done beside them."""
    async with world.crew(server.port, actors=8):
        await asyncio.sleep(0.5)
        begun = world.ledger.now()
        done = await beside if beside else None
        await asyncio.sleep(max(0, seconds - (world.ledger.now() - begun)))
        ended = world.ledger.now()
    return world.ledger.latency(0.99, begun, ended), done


def test_many_passwords_at_once_stay_within_the_memory(on_sqlite):
    """X-24: 500 password logins with full-size Argon2id; the peak is held against 128 MiB."""
    world = on_sqlite
    server = world.serving(PASSWORDS__ARGON2_MEMORY_KIB="19456", PASSWORDS__ARGON2_ITERATIONS="2")
    secret = server.run("client", "create", "old", "--grant", "password")["client_secret"]
    logins = 500 if world.long else 100
    form = {"grant_type": "password", "username": "ana", "password": "correct horse"}

    async def log_in() -> int | str:
        connection = Connection(server.port, patience=120)
        try:
            return (await connection.ask("POST", "/oauth2/token", form=form,
                                         Authorization=basic("old", secret))).status
        except Unanswered as nothing:
            return str(nothing)
        finally:
            connection.close()

    async def all_at_once() -> list:
        return await asyncio.gather(*(log_in() for _ in range(logins)))

    idle, _ = asyncio.run(paced(world, server, 2))
    busy, statuses = asyncio.run(paced(world, server, 2, all_at_once()))
    # The program's own pages are not counted: the kernel drops them when it must.
    process = server.program.process.pid
    peak = resident(process, "VmHWM") - resident(process, "RssFile")
    counted = {status: statuses.count(status) for status in set(statuses)}
    verdict = world.judge(server)
    world.report("X-24", f"{logins} logins at once: {counted}; peak {peak} MiB; p99 of others "
                         f"{idle * 1000:.0f} ms idle, {busy * 1000:.0f} ms meanwhile; {verdict}")
    assert set(counted) <= {200, 429, 503} and counted.get(200), counted
    assert peak < 128 and server.program.running()
    assert verdict.clean(), verdict


def test_a_server_out_of_file_descriptors_recovers(on_sqlite):
    """X-25: 256 descriptors, 2,000 connections"""
    world, server = on_sqlite, on_sqlite.serving()
    process = server.program.process.pid
    resource.prlimit(process, resource.RLIMIT_NOFILE, (256, 256))
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))

    async def flood() -> tuple[float, float]:
        opening = (asyncio.wait_for(asyncio.open_connection("127.0.0.1", server.port), 2) for _ in range(2000))
        # Some wait for a place in the kernel's queue, and give up.
        opened = [one for one in await asyncio.gather(*opening, return_exceptions=True) if isinstance(one, tuple)]
        used, begun = processor_seconds(process), time.monotonic()
        await asyncio.sleep(3)
        busy = (processor_seconds(process) - used) / (time.monotonic() - begun)
        for _, writer in opened:
            writer.transport.abort()
        freed = time.monotonic()
        while True:
            connection = Connection(server.port, patience=0.2)
            try:
                if (await connection.ask("GET", "/readyz")).status == 200:
                    return busy, time.monotonic() - freed
            except Unanswered:
                await asyncio.sleep(0.01)
            finally:
                connection.close()

    busy, recovered = asyncio.run(flood())
    world.report("X-25", f"256 descriptors, 2000 connections: {busy:.0%} of a core while full, "
                         f"back {recovered:.2f} s after they close")
    assert busy < 0.2, "it spins"
    assert recovered <= 1


def test_slow_senders_do_not_slow_others_and_are_closed(on_sqlite):
    """X-26: half of the connections say nothing, half begin a header and trickle."""
    world, server = on_sqlite, on_sqlite.serving()
    number = 10_000 if world.long else 1_000
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(limit, 2 * number + 1000), limit))

    async def slow(trickles: bool) -> bool:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        deadline = time.monotonic() + HEADERS_WITHIN + 5
        try:
            if trickles:
                writer.write(b"POST /oauth2/token HTTP/1.1\r\nHost: x\r\n")
            while time.monotonic() < deadline:
                if trickles:
                    writer.write(b"X-A: b\r\n")
                try:
                    await asyncio.wait_for(reader.read(100), 5)
                    return True
                except TimeoutError:
                    continue
            return False
        except OSError:
            return True
        finally:
            writer.transport.abort()

    async def flood() -> list:
        return await asyncio.gather(*(slow(number % 2 == 0) for number in range(number)))

    idle, _ = asyncio.run(paced(world, server, 5))
    busy, closed = asyncio.run(paced(world, server, HEADERS_WITHIN, flood()))
    verdict = world.judge(server)
    world.report("X-26", f"{number} slow connections: {closed.count(True)} closed by the limit; p99 of good clients "
                         f"{idle * 1000:.0f} ms before, {busy * 1000:.0f} ms meanwhile; "
                         f"{resident(server.program.process.pid)} MiB; {verdict}")
    assert all(closed)
    assert verdict.clean(), verdict
