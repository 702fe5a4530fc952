"""Many at once want what only one may have: X-11, X-13."""

import asyncio
import collections

from connection import Connection
from ledger import mark
from machines import rows


def test_one_code_is_good_for_one_answer_on_two_servers(on_postgres):
    """X-13: codes"""
    world = on_postgres
    first = world.serving()
    second = world.server(issuer=first.environment["PORTEIRO_ISSUER"])
    codes = 1000 if world.long else 40
    asked = asyncio.run(race_codes(world, [first, second], codes, callers=16))
    verdict = world.judge(first, 400)
    world.report("X-13", f"{codes} codes × 16 callers on 2 servers: {dict(asked)}; {verdict}")
    assert asked[200] == codes and set(asked) == {200, 400}
    assert not verdict.lost and not verdict.double and not verdict.unexpected


async def race_codes(world, servers, codes: int, callers: int) -> collections.Counter:
    outcomes = collections.Counter()
    crew = world.crew(servers[0].port, actors=1)
    await crew.actors[0].log_in()
    racers = [world.crew(servers[number % len(servers)].port, actors=1).actors[0] for number in range(callers)]
    for _ in range(codes):
        form = await crew.actors[0].fresh_code()
        calls = [racer.tell("code", "POST", "/oauth2/token", form, code=mark(form["code"])) for racer in racers]
        outcomes.update(entry["outcome"] for entry, _ in await asyncio.gather(*calls))
    return outcomes


def race_refreshes(world, window: str) -> None:
    first = world.serving(TOKENS__REFRESH_RETRY_WINDOW=window)
    second = world.server(issuer=first.environment["PORTEIRO_ISSUER"], TOKENS__REFRESH_RETRY_WINDOW=window)
    rounds = 300 if world.long else 20
    successes, outcomes, living = [], collections.Counter(), 0

    async def race():
        nonlocal living
        crew = world.crew(first.port, actors=1)
        actor = crew.actors[0]
        await actor.log_in()
        racers = [world.crew(server.port, actors=1).actors[0] for server in (first, second) * 8]
        for _ in range(rounds):
            await actor.code()
            form = {"grant_type": "refresh_token", "refresh_token": actor.refresh_token}
            calls = [racer.tell("refresh", "POST", "/oauth2/token", form, spent=mark(actor.refresh_token))
                     for racer in racers]
            answers = await asyncio.gather(*calls)
            outcomes.update(entry["outcome"] for entry, _ in answers)
            won = [answer.json()["refresh_token"] for entry, answer in answers if entry["outcome"] == 200]
            successes.append(len(won))
            form["refresh_token"] = won[0]
            entry, _ = await actor.tell("refresh", "POST", "/oauth2/token", form)
            living += entry["outcome"] == 200

    asyncio.run(race())
    verdict = world.judge(first, 400)
    world.report("X-13", f"{rounds} refresh tokens × 16 callers on 2 servers, window {window}: {dict(outcomes)}, "
                         f"{living} successors live on; {verdict}")
    assert not verdict.lost and not verdict.double and not verdict.unexpected
    if window == "0s":
        # The losers cannot be told from thieves, so the grant ends.
        assert set(successes) == {1} and set(outcomes) == {200, 400}
    else:
        assert set(outcomes) == {200} and living == rounds


def test_one_refresh_token_has_one_successor(on_postgres):
    """X-13: with the retry window everybody gets the same successor"""
    race_refreshes(on_postgres, "10s")


def test_one_refresh_token_is_good_once_without_a_retry_window(on_postgres):
    """X-13: grace 0"""
    race_refreshes(on_postgres, "0s")


def test_clients_that_hang_up_leave_no_spent_code_without_tokens(on_either, dice):
    """X-11: a random moment within 20 ms; then everything is asked for again."""
    world, server = on_either, on_either.serving()
    times = 10_000 if world.long else 300
    dead_ends = []

    async def hang_up(actor, form: dict) -> None:
        connection = Connection(server.port)
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(connection.head("POST", "/oauth2/token", form, {"Authorization": actor.crew.app}))
        await asyncio.sleep(dice.uniform(0, 0.02))
        writer.transport.abort()

    async def work(actor) -> None:
        await actor.log_in()
        await actor.code()
        for number in range(times // len(crew.actors)):
            if number % 2:
                form = {"grant_type": "refresh_token", "refresh_token": actor.refresh_token}
                await hang_up(actor, form)
                entry, answer = await actor.tell("refresh", "POST", "/oauth2/token", form,
                                                 spent=mark(actor.refresh_token))
                if entry["outcome"] != 200:
                    dead_ends.append(entry)
                    return
                actor.refresh_token = answer.json()["refresh_token"]
            else:
                await hang_up(actor, await actor.fresh_code())

    crew = world.crew(server.port, actors=8)

    async def everyone():
        await asyncio.gather(*(work(actor) for actor in crew.actors))
        await asyncio.sleep(1)

    asyncio.run(everyone())
    spent = "SELECT count(*) FROM auth_code WHERE consumed_at IS NOT NULL"
    without = spent + " AND NOT EXISTS (SELECT 1 FROM token WHERE token.grant_id = auth_code.grant_id)"
    [spent], [without] = rows(server, world.postgres, spent), rows(server, world.postgres, without)
    verdict = world.judge(server)
    world.report("X-11", f"{times} hang-ups; {spent} codes spent, {without} of them without tokens; "
                         f"{len(dead_ends)} refresh tokens at a dead end; {verdict}")
    assert int(spent) > 0 and int(without) == 0
    assert not dead_ends
    assert verdict.clean(), verdict
