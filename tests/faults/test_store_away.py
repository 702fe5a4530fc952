"""Postgres is killed, stopped, frozen, locked or cut off under load: X-01, X-02, X-04, X-05."""

import asyncio
import signal

from connection import Connection, Unanswered
from machines import answers

# CONTRACT: out of reach is told within this time, and service resumes within that one.
TOLD_WITHIN = 5
BACK_WITHIN = 2


async def away(world, server, stop, back, rounds: int, absence: float, between: float) -> tuple[list, float]:
    """Takes the store away again and again; how long until the first success after each return."""
    returns, slowest = [], 0.0
    async with world.crew(server.port):
        await asyncio.sleep(1)
        for _ in range(rounds):
            stop()
            gone = world.ledger.now()
            await asyncio.sleep(absence)
            await asyncio.to_thread(back)
            ready = world.ledger.now()
            await asyncio.sleep(max(between, BACK_WITHIN + 0.5))
            returns.append(world.ledger.first_success(ready))
            slowest = max(slowest, world.ledger.slowest(gone, ready))
    return returns, slowest


def judged(world, server, fault: str, returns: list, slowest: float) -> None:
    verdict = world.judge(server, 503)
    outage = world.ledger.outcomes()[503]
    world.report(fault, f"{len(returns)} rounds, {outage} × 503; {verdict}; "
                        f"slowest answer {slowest:.2f} s; first success ≤ {max(returns):.2f} s after the return")
    assert verdict.clean(), verdict
    assert slowest < TOLD_WITHIN
    assert max(returns) <= BACK_WITHIN


def test_postgres_is_killed_and_comes_back(on_postgres, cluster):
    """X-01"""
    world, server = on_postgres, on_postgres.serving()
    rounds, absence = (20, 10) if world.long else (3, 2)
    judged(world, server, "X-01", *asyncio.run(
        away(world, server, cluster.crash, cluster.start, rounds, absence, between=3)))


def test_postgres_is_restarted_every_other_second(on_postgres, cluster):
    """X-02: Hydra #1928"""
    world, server = on_postgres, on_postgres.serving()
    rounds = 150 if world.long else 3
    judged(world, server, "X-02", *asyncio.run(
        away(world, server, cluster.stop, cluster.start, rounds, absence=1, between=1)))


def test_postgres_is_frozen(on_postgres, cluster):
    """X-04"""
    world, server = on_postgres, on_postgres.serving()
    rounds, absence = (5, 30) if world.long else (1, 8)
    judged(world, server, "X-04", *asyncio.run(away(
        world, server, lambda: cluster.signal_all(signal.SIGSTOP), lambda: cluster.signal_all(signal.SIGCONT),
        rounds, absence, between=3)))
    assert nothing_is_stuck(cluster)


def test_packets_to_and_from_postgres_are_dropped(on_postgres, cluster, firewall):
    """X-04: nobody is told that a connection is dead."""
    world, server = on_postgres, on_postgres.serving()
    rounds, absence = (5, 30) if world.long else (1, 8)
    judged(world, server, "X-04 (packets)", *asyncio.run(away(
        world, server, lambda: firewall.drop(cluster.port), lambda: firewall.let_pass(cluster.port),
        rounds, absence, between=3)))
    assert nothing_is_stuck(cluster)


def test_a_locked_table_uses_up_every_connection(on_postgres, cluster):
    """X-05: what needs the table is told so, and what needs no store is served."""
    world, server = on_postgres, on_postgres.serving()
    held = 30 if world.long else 6
    needs_no_store = ["/livez", "/.well-known/jwks.json", "/.well-known/openid-configuration"]

    async def lock() -> tuple[list, float, float]:
        statuses = []
        async with world.crew(server.port, actors=32):
            await asyncio.sleep(1)
            locker = cluster.session(world.database.rpartition("/")[2])
            locker.stdin.write("BEGIN; LOCK TABLE token, client, grant_family IN ACCESS EXCLUSIVE MODE;\n")
            locker.stdin.flush()
            begun = world.ledger.now()
            while world.ledger.now() - begun < held:
                await asyncio.sleep(0.5)
                for path in needs_no_store:
                    statuses.append(await status(server.port, path))
            ended = world.ledger.now()
            locker.stdin.close()
            locker.wait()
            await asyncio.sleep(BACK_WITHIN + 0.5)
        return statuses, begun, ended

    statuses, begun, ended = asyncio.run(lock())
    verdict, slowest = world.judge(server, 503), world.ledger.slowest(begun, ended - 5)
    back = world.ledger.first_success(ended)
    world.report("X-05", f"table locked {held} s; {verdict}; slowest answer {slowest:.2f} s; "
                         f"{len(statuses)} requests that need no store: {set(statuses)}; back after {back:.2f} s")
    assert verdict.clean(), verdict
    assert set(statuses) == {200}
    assert slowest < TOLD_WITHIN
    assert back <= BACK_WITHIN
    assert answers(f"http://127.0.0.1:{server.port}/readyz")


def nothing_is_stuck(cluster) -> bool:
    """No connection that still waits, and no transaction that is still open."""
    return cluster.query("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'porteiro' "
                         "AND state <> 'idle' AND now() - xact_start > interval '3 s'", "postgres") == ["0"]


async def status(port: int, path: str) -> int | str:
    connection = Connection(port, patience=2)
    try:
        return (await connection.ask("GET", path)).status
    except Unanswered as nothing:
        return str(nothing)
    finally:
        connection.close()
