"""A world for each fault to befall, and the line that it leaves in the report."""

import random
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from actors import Crew
from ledger import Ledger
from machines import Postgres, Server, tokens_in

REPORT = Path("target/faults/report.md")


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="the form that is run by hand")
    parser.addoption("--seed", type=int, default=1)


@pytest.fixture(scope="session")
def long(request) -> bool:
    return request.config.getoption("--long")


@pytest.fixture(scope="session")
def seed(request) -> int:
    return request.config.getoption("--seed")


@pytest.fixture
def dice(seed) -> random.Random:
    return random.Random(seed)


class World:
    """A store, servers on it, clients of them, and the ledger of what they were told."""

    def __init__(self, folder: Path, postgres: Postgres | None, seed: int, long: bool):
        self.folder, self.postgres, self.seed, self.long = folder, postgres, seed, long
        self.started = time.monotonic()
        self.programs: list = []
        self.ledger = Ledger(folder / "ledger.jsonl")
        self.clients: dict[str, str] = {}
        database = "porteiro_" + folder.name.replace("-", "_")
        self.database = postgres.create(database) if postgres else f"sqlite:{folder}/porteiro.db"

    def server(self, start: bool = True, **settings: str) -> Server:
        server = Server(self.folder, self.database, **settings)
        self.programs.append(server.program)
        if start:
            server.start()
        return server

    def people_and_clients(self, server: Server) -> None:
        password = self.folder / "password"
        password.write_text("correct horse")
        server.run("user", "create", "ana", "--password-file", str(password))
        machine = server.run("client", "create", "machine", "--grant", "client_credentials", "--introspect-any")
        app = server.run("client", "create", "app", "--redirect-uri", "https://app.test/callback",
                         "--scope", "openid", "--scope", "offline_access", "--skip-consent")
        self.clients = {"machine": machine["client_secret"], "app": app["client_secret"]}

    def serving(self, **settings: str) -> Server:
        server = self.server(**settings)
        self.people_and_clients(server)
        return server

    def crew(self, port: int, **options) -> Crew:
        return Crew(port, self.clients, self.ledger, self.seed, **options)

    def judge(self, server: Server, *expected):
        return self.ledger.judge(tokens_in(server, self.postgres), set(expected))

    def report(self, fault: str, figure: str) -> None:
        """One line for the table, and for whoever watches."""
        store = "Postgres" if self.postgres else "SQLite"
        took = time.monotonic() - self.started
        line = f"| {fault} | {store} | {self.seed} | {took:.0f} s | {len(self.ledger.entries)} | {figure} |"
        print("\n" + line)
        REPORT.parent.mkdir(parents=True, exist_ok=True)
        with REPORT.open("a") as report:
            report.write(line + "\n")

    def close(self) -> None:
        for program in reversed(self.programs):
            program.stop()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    """A Postgres that the tests share; a test leaves it running."""
    folder = tmp_path_factory.mktemp("cluster", numbered=False)
    for parent in [folder, *folder.parents[:2]]:
        parent.chmod(0o711)
    postgres = Postgres(folder / "postgres")
    postgres.start()
    yield postgres
    postgres.stop()
    shutil.rmtree(folder)


@pytest.fixture
def make_world(tmp_path, cluster, seed, long):
    worlds = []

    def make(postgres: Postgres | None) -> World:
        worlds.append(World(tmp_path, postgres, seed, long))
        return worlds[-1]

    yield make
    for world in worlds:
        world.close()


@pytest.fixture
def on_postgres(make_world, cluster) -> World:
    return make_world(cluster)


@pytest.fixture
def on_sqlite(make_world) -> World:
    return make_world(None)


@pytest.fixture(params=["postgres", "sqlite"])
def on_either(request, make_world, cluster) -> World:
    return make_world(cluster if request.param == "postgres" else None)


@pytest.fixture
def mount(tmp_path):
    """A small file system of its own."""
    mounted = []

    def make(megabytes: int) -> Path:
        folder = tmp_path / f"small-{len(mounted)}"
        folder.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder], check=True)
        mounted.append(folder)
        return folder

    yield make
    for folder in mounted:
        subprocess.run(["umount", "--lazy", folder], check=True)


class Firewall:
    """Drops what goes to or comes from a port, in the network that the tests have for themselves."""

    @staticmethod
    def _rules(action: str, port: int) -> None:
        for end in ("--dport", "--sport"):
            subprocess.run(["iptables", "-w", action, "INPUT", "-p", "tcp", end, str(port), "-j", "DROP"], check=True)

    def drop(self, port: int) -> None:
        self._rules("-I", port)

    def let_pass(self, port: int) -> None:
        self._rules("-D", port)


@pytest.fixture
def firewall() -> Firewall:
    devices = [name for _, name in socket.if_nameindex()]
    assert devices == ["lo"], "start the tests with tests/faults/run: this network is not theirs alone"
    return Firewall()
