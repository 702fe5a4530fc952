"""What is taken back on one server is refused on the other: X-17."""

import asyncio
import time

REACHES_WITHIN = 1.0


async def effect(asker, token: str) -> float:
    """How long the other server goes on saying active."""
    begun = time.monotonic()
    while True:
        _, answer = await asker.tell("probe", "POST", "/oauth2/introspect", {"token": token})
        if answer.json() == {"active": False}:
            return time.monotonic() - begun
        assert time.monotonic() - begun < 5, answer.body


def test_a_revocation_reaches_the_other_server_within_a_second(on_postgres):
    """X-17: tokens, and everything of a client, under load"""
    world = on_postgres
    here = world.serving()
    there = world.server(issuer=here.environment["PORTEIRO_ISSUER"])
    rounds = 300 if world.long else 20
    taken = []

    async def revoke():
        asker = world.crew(there.port, actors=1).actors[0]
        async with world.crew(here.port, actors=4):
            actor = world.crew(here.port, actors=1).actors[0]
            for _ in range(rounds):
                await actor.client_credentials()
                token = actor.tokens[-1]
                _, seen = await asker.tell("probe", "POST", "/oauth2/introspect", {"token": token})
                assert seen.json()["active"]
                await actor.tell("revoke", "POST", "/oauth2/revoke", {"token": token}, named="probe")
                taken.append(await effect(asker, token))
            await actor.client_credentials()
            await asyncio.to_thread(here.run, "token", "revoke", "--client", "machine")
            taken.append(await effect(asker, actor.tokens[-1]))

    asyncio.run(revoke())
    taken.sort()
    median, p99, most = taken[len(taken) // 2], taken[int(len(taken) * 0.99)], taken[-1]
    verdict = world.judge(here)
    world.report("X-17", f"{len(taken)} revocations: median {median * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, "
                         f"max {most * 1000:.0f} ms; {verdict}")
    assert most <= REACHES_WITHIN
    assert not verdict.lost and not verdict.double and not verdict.revived
