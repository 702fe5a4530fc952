"""The server is killed, stopped, frozen or restarted under load: X-09, X-10, X-12, X-19, rolling restarts."""

import asyncio
import os
import signal
import time

from balancers import haproxy, nginx
from connection import Connection, Unanswered
from machines import wait_until

DRAINED_WITHIN = 30
# The last answers take 4 seconds at most, and the farewell to the store 3.
LEFT_WITHIN = 10


def test_the_server_is_killed_at_random_moments(on_either, dice):
    """X-09: what was answered is in the store, whatever came after."""
    world, server = on_either, on_either.serving()
    kills = 100 if world.long else 5

    async def kill_again_and_again():
        async with world.crew(server.port):
            for _ in range(kills):
                await asyncio.sleep(dice.uniform(0.2, 1.5))
                server.program.kill()
                await asyncio.to_thread(server.start)

    asyncio.run(kill_again_and_again())
    verdict = world.judge(server, "broken", "refused")
    unanswered = world.ledger.outcomes()["broken"]
    world.report("X-09", f"{kills} kills, {unanswered} requests cut off; {verdict}")
    assert unanswered, "the kills met no request"
    assert verdict.clean(), verdict


def test_a_server_told_to_stop_answers_what_it_accepted(on_either):
    """X-10: clients on connections that stay open lose nothing."""
    world, server = on_either, on_either.serving()
    rounds = 20 if world.long else 3
    taken = []

    async def stop_again_and_again():
        async with world.crew(server.port):
            for _ in range(rounds):
                await asyncio.sleep(1)
                begun = time.monotonic()
                assert await asyncio.to_thread(server.program.stop) == 0
                taken.append(time.monotonic() - begun)
                await asyncio.to_thread(server.start)

    asyncio.run(stop_again_and_again())
    verdict = world.judge(server, "refused")
    world.report("X-10", f"{rounds} stops; {verdict}; exit 0 within {max(taken):.2f} s")
    assert verdict.clean(), verdict
    assert max(taken) < DRAINED_WITHIN


def test_a_server_told_to_stop_leaves_a_store_that_is_silent(on_postgres, cluster, firewall):
    """X-10 while X-04: its connections to Postgres cannot be closed, and nobody says why."""
    world, server = on_postgres, on_postgres.serving()

    async def stop_in_silence() -> tuple[int, float]:
        async with world.crew(server.port):
            await asyncio.sleep(1)
            firewall.drop(cluster.port)
            try:
                await asyncio.sleep(2)
                begun = time.monotonic()
                return await asyncio.to_thread(server.program.stop), time.monotonic() - begun
            finally:
                firewall.let_pass(cluster.port)
                await asyncio.to_thread(server.start)

    code, taken = asyncio.run(stop_in_silence())
    verdict = world.judge(server, 503, "refused")
    world.report("X-10", f"stopped while Postgres is silent; {verdict}; exit {code} within {taken:.2f} s")
    assert verdict.clean(), verdict
    assert code == 0
    assert taken < LEFT_WITHIN


def test_readiness_ends_before_the_server_stops_accepting(on_postgres):
    """X-10: with `server.drain_delay`, a balancer that asks has time to look elsewhere."""
    world = on_postgres
    server = world.serving(SERVER__DRAIN_DELAY="2s")

    async def watch() -> tuple[list, float]:
        statuses, begun = [], time.monotonic()
        server.program.signal(signal.SIGTERM)
        while True:
            connection = Connection(server.port, patience=2)
            try:
                ready = await connection.ask("GET", "/readyz")
                alive = await connection.ask("GET", "/livez")
                statuses.append((ready.status, alive.status))
            except Unanswered:
                return statuses, time.monotonic() - begun
            finally:
                connection.close()
            await asyncio.sleep(0.05)

    statuses, refused_after = asyncio.run(watch())
    assert server.program.process.wait(DRAINED_WITHIN) == 0
    world.report("X-10", f"drain_delay 2 s: not ready at once, served for {refused_after:.2f} s more")
    # A question that overtakes the signal is still answered with yes.
    after = statuses[statuses.index((503, 200)):]
    assert set(after) == {(503, 200)}
    assert len(after) > len(statuses) / 2
    assert 1.9 < refused_after < 4


def test_a_frozen_server_honours_nothing_that_expired_meanwhile(on_postgres):
    """X-12"""
    world = on_postgres
    frozen = 60 if world.long else 6
    server = world.serving(TOKENS__ACCESS_LIFETIME="5s", TOKENS__CODE_LIFETIME="5s")

    async def freeze() -> list:
        async with world.crew(server.port, actors=4) as crew:
            await asyncio.sleep(2)
            crew.over = True
        actor = crew.actors[0]
        await actor.client_credentials()
        code = await actor.fresh_code()
        server.program.signal(signal.SIGSTOP)
        await asyncio.sleep(frozen)
        # On new connections: the server closes those that were idle for so long.
        actor.connection.close()
        crew.actors[1].connection.close()
        asking = [
            actor.tell("introspect", "POST", "/oauth2/introspect", {"token": actor.tokens[-1]}, named="frozen"),
            crew.actors[1].tell("code", "POST", "/oauth2/token", code),
        ]
        asking = [asyncio.create_task(one) for one in asking]
        await asyncio.sleep(0.2)
        server.program.signal(signal.SIGCONT)
        return [answer for _, answer in await asyncio.gather(*asking)]

    introspected, redeemed = asyncio.run(freeze())
    verdict = world.judge(server, 400)
    world.report("X-12", f"frozen {frozen} s; introspection {introspected.json()}, code {redeemed.status}; {verdict}")
    assert introspected.json() == {"active": False}
    assert (redeemed.status, redeemed.json()["error"]) == (400, "invalid_grant")
    assert verdict.clean(), verdict


def test_servers_that_start_together_on_an_empty_database_agree(on_postgres, cluster):
    """X-19"""
    world = on_postgres
    rounds = 20 if world.long else 3
    for round_ in range(rounds):
        world.database = cluster.create(f"empty_{round_}_{os.getpid()}")
        servers = [world.server(start=False) for _ in range(4)]
        for server in servers:
            server.start(wait=False)
        for server in servers:
            wait_until(server.is_ready, "every server becomes ready")
        database = world.database.rpartition("/")[2]
        keys = cluster.query("SELECT alg, count(*) FROM signing_key GROUP BY alg", database)
        migrations = cluster.query("SELECT count(*), count(DISTINCT version) FROM _sqlx_migrations", database)
        secrets = cluster.query("SELECT count(*) FROM server_secret", database)
        assert all(line.endswith("|1") for line in keys), keys
        assert len(set(migrations[0].split("|"))) == 1
        assert secrets == ["1"]
        for server in servers:
            server.program.stop()
        cluster.query(f"DROP DATABASE {database}", "postgres")
    world.report("X-19", f"{rounds} × 4 servers: one key of each kind, one run of each migration, one secret")


def rolling_restarts(world, balancer, servers, rounds: int) -> None:
    async def roll():
        async with world.crew(balancer.port):
            for _ in range(rounds):
                for server in servers:
                    await asyncio.sleep(0.5)
                    assert await asyncio.to_thread(server.program.stop) == 0
                    await asyncio.to_thread(server.start)
                    await asyncio.to_thread(balancer.uses_again)

    asyncio.run(roll())
    verdict = world.judge(servers[0])
    world.report("rolling restart", f"{2 * rounds} restarts behind {balancer.name}; {verdict}")
    assert verdict.clean(), verdict


def test_a_rolling_restart_behind_nginx_fails_no_request(on_postgres):
    world = on_postgres
    balancer = nginx(world)
    servers = [world.server(issuer=balancer.url, SERVER__DRAIN_DELAY="1s") for _ in range(2)]
    world.people_and_clients(servers[0])
    balancer.start(servers)
    rolling_restarts(world, balancer, servers, 10 if world.long else 1)


def test_a_rolling_restart_behind_haproxy_fails_no_request(on_postgres):
    world = on_postgres
    balancer = haproxy(world)
    servers = [world.server(issuer=balancer.url, SERVER__DRAIN_DELAY="1s") for _ in range(2)]
    world.people_and_clients(servers[0])
    balancer.start(servers)
    rolling_restarts(world, balancer, servers, 10 if world.long else 1)
