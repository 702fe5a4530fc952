"""Patroni has the primary taken over, by the hosts in `database.url` and through HAProxy at once: X-03."""

import asyncio
import time
from typing import NamedTuple

import pytest

from conftest import World
from machines import wait_until
from patroni import PASSWORD, TIMES, Cluster, Node, balancer

pytestmark = pytest.mark.failover

BACK_WITHIN = 2
# What a switchover or the end of a lease takes, and a node that is slow.
TAKEN_OVER_WITHIN = TIMES["ttl"] + 30


@pytest.fixture(scope="module")
def patroni(tmp_path_factory):
    folder = tmp_path_factory.mktemp("patroni", numbered=False)
    for parent in folder.parents[:2]:
        parent.chmod(0o711)
    cluster = Cluster(folder)
    yield cluster
    cluster.close()


@pytest.fixture
def worlds(patroni, tmp_path, seed, long):
    """Two worlds on the cluster: one server has the list of its hosts, the other asks HAProxy."""
    patroni.is_whole()
    haproxy, port = balancer(patroni)
    haproxy.start()
    found = {}
    for way in ("list", "haproxy"):
        folder = tmp_path / f"{tmp_path.name}-{way}"
        folder.mkdir()
        found[way] = World(folder, patroni, seed, long)
    database = found["haproxy"].database.rpartition("/")[2]
    found["haproxy"].database = f"postgres://postgres:{PASSWORD}@127.0.0.1:{port}/{database}"
    yield found
    for world in found.values():
        world.close()
    haproxy.stop()


class Round(NamedTuple):
    """When the primary was lost, and when the other node took writes."""

    gone: float
    back: float


async def befall(patroni: Cluster, servers: dict, worlds: dict, befalls, ends) -> list[Round]:
    """Has the primary taken over again and again: `befalls` it, and `ends` when the other has its place."""
    rounds = []
    crews = [world.crew(servers[way].port, actors=8) for way, world in worlds.items()]
    async with crews[0], crews[1]:
        for _ in range(5 if worlds["list"].long else 1):
            await asyncio.sleep(2)
            primary = patroni.primary()
            heir = patroni.other(primary)
            gone = time.monotonic()
            await asyncio.to_thread(befalls, primary)
            await asyncio.to_thread(wait_until, lambda: patroni.takes_writes(heir), "the other node takes writes",
                                    limit=TAKEN_OVER_WITHIN, pause=0.05)
            rounds.append(Round(gone, time.monotonic()))
            await asyncio.sleep(BACK_WITHIN + 1)
            await asyncio.to_thread(ends, primary)
            await asyncio.to_thread(patroni.is_whole)
        await asyncio.sleep(1)
    return rounds


def taken_over(patroni: Cluster, worlds: dict, what: str, befalls, ends=lambda node: None) -> None:
    servers = {way: world.serving() for way, world in worlds.items()}
    rounds = asyncio.run(befall(patroni, servers, worlds, befalls, ends))
    failures = []
    for way, world in worlds.items():
        ledger = world.ledger
        verdict = world.judge(servers[way], 503)
        absence = max(r.back - r.gone for r in rounds)
        outage = ledger.outcomes()[503]
        slowest = max(ledger.slowest(r.gone - ledger.start, r.back - ledger.start) for r in rounds)
        back = max(ledger.first_success(r.back - ledger.start) for r in rounds)
        world.report(f"X-03 (Patroni, {what})",
                     f"{way}, {len(rounds)} rounds, the other takes writes after ≤ {absence:.1f} s, {outage} × 503; "
                     f"{verdict}; slowest answer {slowest:.2f} s; first success ≤ {back:.2f} s after that")
        if not verdict.clean() or back > BACK_WITHIN or slowest >= 5:
            failures.append((way, str(verdict), back, slowest))
    assert not failures, failures


def test_the_primary_is_killed(patroni, worlds):
    taken_over(patroni, worlds, "killed", Node.lose_power)


def test_the_primary_is_switched_over(patroni, worlds):
    def switch_over(primary: Node) -> None:
        heir = patroni.other(primary)
        status, said = primary.asked("/switchover", {"leader": primary.name, "candidate": heir.name})
        assert status == 200, said

    taken_over(patroni, worlds, "switched over", switch_over)


def test_the_primary_is_cut_off(patroni, worlds):
    """No packet reaches it or comes from it, and it goes on for as long as its lease."""
    taken_over(patroni, worlds, "cut off", lambda node: node.network.cut(), lambda node: node.network.mend())


def test_the_primary_is_frozen(patroni, worlds):
    """It wakes up with nobody to demote it, believes that it is the primary, and is restarted as by a watchdog."""
    def wake(node: Node) -> None:
        node.wake_only_postgres()
        wait_until(lambda: patroni.believes_to_be_the_primary(node), "it believes that it is the primary")
        time.sleep(3)
        node.lose_power()

    taken_over(patroni, worlds, "frozen", Node.freeze, wake)
