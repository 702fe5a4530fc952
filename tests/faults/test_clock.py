"""The clock of one server differs: X-15."""

import asyncio
from pathlib import Path

from ledger import mark

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)


def clock(world, server, shift: str) -> Path:
    """Puts a server's clock where the file says, which may change while it runs."""
    assert LIBRARY, "libfaketime is not installed (Debian: apt-get install faketime)"
    file = world.folder / f"clock-{server.port}"
    file.write_text(shift)
    server.environment |= {"LD_PRELOAD": str(LIBRARY), "FAKETIME_TIMESTAMP_FILE": str(file),
                           "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    return file


def differing(world, shift: str) -> None:
    true = world.serving()
    other = world.server(start=False, issuer=true.environment["PORTEIRO_ISSUER"])
    file = clock(world, other, "+0")
    other.start()

    async def work() -> list:
        async with world.crew(true.port, actors=6), world.crew(other.port, actors=2):
            await asyncio.sleep(2)
            file.write_text(shift)
            await asyncio.sleep(20 if world.long else 4)
            here = world.crew(true.port, actors=1).actors[0]
            await here.log_in()
            racers = [world.crew(server.port, actors=1).actors[0] for server in (true, other) * 2]
            doubles = []
            for _ in range(100 if world.long else 10):
                form = await here.fresh_code()
                asked = [actor.tell("code", "POST", "/oauth2/token", form, code=mark(form["code"]))
                         for actor in racers]
                doubles.append([entry["outcome"] for entry, _ in await asyncio.gather(*asked)].count(200))
        return doubles

    doubles = asyncio.run(work())
    panics = [server.port for server in (true, other) if "panicked" in server.logged()]
    verdict = world.judge(true, 400)
    world.report("X-15", f"one of two clocks jumps {shift}: {max(doubles)} success per code at most, "
                         f"{len(panics)} panics; {verdict}")
    assert max(doubles) <= 1
    assert not panics and true.program.running() and other.program.running()
    assert not verdict.lost and not verdict.double and not verdict.revived


def test_a_server_whose_clock_jumps_ahead_spends_nothing_twice(on_postgres):
    differing(on_postgres, "+1h")


def test_a_server_whose_clock_jumps_back_spends_nothing_twice(on_postgres):
    differing(on_postgres, "-1h")


def test_a_token_expires_by_the_clock_of_the_server_that_is_asked(on_sqlite):
    world = on_sqlite
    server = world.server(start=False)
    file = clock(world, server, "+0")
    server.start()
    world.people_and_clients(server)

    async def introspect() -> list:
        actor = world.crew(server.port, actors=1).actors[0]
        await actor.client_credentials()
        actives = []
        for shift in ("+0", "+14m", "+16m"):
            file.write_text(shift)
            _, answer = await actor.tell("introspect", "POST", "/oauth2/introspect",
                                         {"token": actor.tokens[-1]}, named="one")
            actives.append(answer.json()["active"])
        return actives

    actives = asyncio.run(introspect())
    world.report("X-15", f"a token of 15 min is active after 0, 14 and 16 min: {actives}")
    assert actives == [True, True, False]
