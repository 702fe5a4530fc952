"""A version follows another on one database under load, and the first comes back: X-18.
The next version is this one with a migration more: tests/faults/next_version."""

import asyncio
import os

from balancers import nginx

NEXT = os.environ["PORTEIRO_NEXT"]

# Nobody waits longer for a migration.
LONGEST_WAIT = 1.0


def version_of(server, program: str) -> None:
    server.binary = program
    server.program.command = [program, "serve"]


async def replace(server, program: str) -> None:
    assert await asyncio.to_thread(server.program.stop) == 0
    version_of(server, program)
    await asyncio.to_thread(server.start)


def complaints(servers) -> list[str]:
    return [line for server in servers for line in server.logged().splitlines() if '"level":"ERROR"' in line]


async def migrate_while_tables_are_read(world, cluster, server) -> None:
    """Something reads the tables meanwhile, as a backup does, and keeps the migration waiting."""
    reader = cluster.session(world.database.rpartition("/")[2])
    reader.stdin.write("BEGIN; SELECT count(*) FROM token, grant_family;\n")
    reader.stdin.flush()
    await asyncio.sleep(0.5)
    migrating = asyncio.create_task(asyncio.to_thread(server.run, "migrate", "up"))
    await asyncio.sleep(3)
    assert not migrating.done(), "the reader did not keep it waiting"
    reader.stdin.write("COMMIT;\n")
    reader.stdin.close()
    applied = await migrating
    assert applied[-1]["version"] == 9001 and all(one["applied"] for one in applied)
    await asyncio.to_thread(reader.wait)


def test_an_upgrade_and_the_way_back_fail_no_request(on_postgres, cluster):
    """Old and new run beside each other, on the schema of the new one, in either direction."""
    world = on_postgres
    balancer = nginx(world)
    servers = [world.server(issuer=balancer.url, SERVER__DRAIN_DELAY="1s") for _ in range(2)]
    old = servers[0].binary
    world.people_and_clients(servers[0])
    balancer.start(servers)
    administration = world.server(start=False, issuer=balancer.url)
    version_of(administration, NEXT)
    waits = []

    async def roll():
        async with world.crew(balancer.port):
            for _ in range(5 if world.long else 1):
                begun = world.ledger.now()
                if not waits:
                    await migrate_while_tables_are_read(world, cluster, administration)
                await asyncio.sleep(1)
                waits.append(world.ledger.slowest(begun))
                for program in (NEXT, old):
                    for server in servers:
                        await replace(server, program)
                        await asyncio.to_thread(balancer.uses_again)

    asyncio.run(roll())
    verdict = world.judge(servers[0])
    errors = complaints(servers)
    world.report("X-18", f"migration, then every server old → new → old; {verdict}; slowest answer during the "
                         f"migration {waits[0]:.2f} s; errors logged {len(errors)}")
    assert verdict.clean(), verdict
    assert waits[0] <= LONGEST_WAIT
    assert errors == []


def test_the_file_of_the_next_version_is_good_for_this_one(on_sqlite):
    world = on_sqlite
    server = world.serving()
    old = server.binary

    async def upgrade_and_return():
        async with world.crew(server.port, actors=4):
            for program in (NEXT, old):
                await asyncio.sleep(1)
                await replace(server, program)
            await asyncio.sleep(1)

    asyncio.run(upgrade_and_return())
    verdict = world.judge(server, "refused", "broken")
    world.report("X-18", f"old → new → old; {verdict}; errors logged {len(complaints([server]))}")
    assert verdict.clean(), verdict
    assert complaints([server]) == []
    assert [one["version"] for one in server.run("migrate", "status")][-1] < 9001
