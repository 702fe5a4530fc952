"""Keys change under load: X-16."""

import asyncio
import time

import jwt

from connection import Connection


class Verifier:
    """Believes a key set for as long as it may, and asks anew when a kid is unknown if it is of that kind."""

    def __init__(self, port: int, asks_on_unknown_kid: bool):
        self.connection, self.asks = Connection(port), asks_on_unknown_kid
        self.keys, self.until = {}, 0.0
        self.failures, self.verified, self.kids = [], 0, set()

    async def fetch(self) -> None:
        answer = await self.connection.ask("GET", "/.well-known/jwks.json")
        self.keys = {key["kid"]: jwt.PyJWK(key) for key in answer.json()["keys"]}
        self.until = time.monotonic() + int(answer.header("cache-control").partition("max-age=")[2])

    async def verify(self, token: str) -> None:
        kid = jwt.get_unverified_header(token)["kid"]
        if time.monotonic() >= self.until or (kid not in self.keys and self.asks):
            await self.fetch()
        try:
            jwt.decode(token, self.keys[kid], options={"verify_aud": False})
            self.verified += 1
            self.kids.add(kid)
        except (KeyError, jwt.PyJWTError) as cause:
            self.failures.append(repr(cause))


def test_no_verification_fails_while_keys_rotate(on_postgres):
    """X-16: verifiers that ask on an unknown kid, and such as keep to max-age alone."""
    world = on_postgres
    every, ahead = (30, 10) if world.long else (6, 3)
    lasting = 600 if world.long else 16
    settings = {"KEYS__ROTATE_EVERY": f"{every}s", "KEYS__PUBLISH_AHEAD": f"{ahead}s",
                "TOKENS__ACCESS_LIFETIME": f"{every}s"}
    server = world.serving(**settings)
    other = world.server(issuer=server.environment["PORTEIRO_ISSUER"], **settings)

    async def verify() -> list[Verifier]:
        asking, cached = Verifier(other.port, True), Verifier(other.port, False)
        async with world.crew(server.port, actors=4) as crew:
            ended = time.monotonic() + lasting
            while time.monotonic() < ended:
                for actor in crew.actors:
                    for token in actor.tokens[-1:]:
                        await asking.verify(token)
                        await cached.verify(token)
                await asyncio.sleep(0.05)
        return [asking, cached]

    verifiers = asyncio.run(verify())
    verdict = world.judge(server)
    keys = len(verifiers[0].kids)
    world.report("X-16", f"a new key every {every} s for {lasting} s, {keys} keys; failures: "
                         f"{len(verifiers[0].failures)} of {verifiers[0].verified} (ask on unknown kid), "
                         f"{len(verifiers[1].failures)} of {verifiers[1].verified} (cache for max-age); {verdict}")
    assert keys >= lasting // every
    assert [verifier.failures for verifier in verifiers] == [[], []]
    assert verdict.clean(), verdict


def test_an_urgent_rotation_signs_within_two_seconds_on_every_server(on_postgres):
    """`key rotate --now` while requests run: whoever asks on an unknown kid sees no failure."""
    world, server = on_postgres, on_postgres.serving()
    other = world.server(issuer=server.environment["PORTEIRO_ISSUER"])

    async def rotate() -> tuple[Verifier, float]:
        verifier = Verifier(server.port, True)
        async with world.crew(other.port, actors=4) as crew:
            await asyncio.sleep(1)
            await verifier.verify(crew.actors[0].tokens[-1])
            old = set(verifier.kids)
            begun = time.monotonic()
            await asyncio.to_thread(server.run, "key", "rotate", "--now")
            while verifier.kids == old:
                await verifier.verify(crew.actors[0].tokens[-1])
                await asyncio.sleep(0.02)
                assert time.monotonic() < begun + 10
            return verifier, time.monotonic() - begun

    verifier, took = asyncio.run(rotate())
    world.report("X-16", f"key rotate --now: signs on every server after {took:.2f} s, "
                         f"{len(verifier.failures)} failures")
    assert verifier.failures == []
    verdict = world.judge(server)
    assert verdict.clean(), verdict
