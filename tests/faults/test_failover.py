"""The primary is lost and a synchronous standby takes over: X-03."""

import asyncio

from machines import Postgres, Program, free_port, wait_until

DATABASE_PORT_CHECK = """
defaults
    mode tcp
    timeout connect 1s
    timeout client 1h
    timeout server 1h

listen postgres
    bind 127.0.0.1:{port}
    option redispatch
    default-server inter 200ms fall 1 rise 1 on-marked-down shutdown-sessions
    server primary 127.0.0.1:{primary} check
    server standby 127.0.0.1:{standby} check backup
"""


def test_a_synchronous_standby_takes_over(make_world, tmp_path):
    """X-03: nothing that was answered is only on the one that is lost."""
    tmp_path.chmod(0o711)
    for parent in tmp_path.parents[:3]:
        parent.chmod(parent.stat().st_mode | 0o011)
    primary = Postgres(tmp_path / "first", settings={"wal_level": "replica"})
    primary.start()
    balancer = Program(["haproxy", "-db", "-f", tmp_path / "haproxy.cfg"], tmp_path / "haproxy.log")
    standby = None
    try:
        world = make_world(primary)
        standby = Postgres(tmp_path / "second", copy_of=primary)
        standby.start()
        primary.query("ALTER SYSTEM SET synchronous_standby_names = '*'", "postgres")
        primary.query("SELECT pg_reload_conf()", "postgres")
        wait_until(lambda: primary.query("SELECT sync_state FROM pg_stat_replication", "postgres") == ["sync"],
                   "the standby is synchronous")
        port = free_port()
        (tmp_path / "haproxy.cfg").write_text(
            DATABASE_PORT_CHECK.format(port=port, primary=primary.port, standby=standby.port))
        balancer.start()
        world.database = primary.url(world.database.rpartition("/")[2], port)
        server = world.serving()
        lost, promoted = asyncio.run(fail_over(world, server, primary, standby))
        world.postgres = standby
        verdict = world.judge(server, 503)
        back = world.ledger.first_success(promoted)
        world.report("X-03", f"primary killed, standby promoted {promoted - lost:.2f} s later; {verdict}; "
                             f"first success {back:.2f} s after the promotion")
        assert verdict.clean(), verdict
        assert back <= 5
    finally:
        balancer.stop()
        primary.stop()
        if standby:
            standby.stop()


async def fail_over(world, server, primary, standby) -> tuple[float, float]:
    async with world.crew(server.port):
        await asyncio.sleep(3 if not world.long else 30)
        lost = world.ledger.now()
        primary.crash()
        await asyncio.sleep(1)
        # The new primary waits for no standby: there is none.
        await asyncio.to_thread(standby.query, "SELECT pg_promote()", "postgres")
        await asyncio.to_thread(standby.query, "ALTER SYSTEM RESET synchronous_standby_names", "postgres")
        await asyncio.to_thread(standby.query, "SELECT pg_reload_conf()", "postgres")
        promoted = world.ledger.now()
        await asyncio.sleep(6)
    return lost, promoted
