"""The programs that the faults befall: Porteiro, Postgres, and what stands between.
Everything is ended by its process id."""

import json
import os
import pwd
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

START_LIMIT = 60


def free_port() -> int:
    """Below those that the kernel gives to the load's own connections."""
    while True:
        port = random.SystemRandom().randrange(10_000, 32_000)
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def wait_until(holds, what: str, limit: float = START_LIMIT, pause: float = 0.005) -> None:
    deadline = time.monotonic() + limit
    while not holds():
        assert time.monotonic() < deadline, f"{what}: not within {limit} s"
        time.sleep(pause)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


class Program:
    """A process that can be started again."""

    def __init__(self, command: list, log: Path, env: dict | None = None, **options):
        self.command, self.log, self.env, self.options = command, log, env, options
        self.process = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, env=self.env, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, **self.options)

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self, limit: float = START_LIMIT) -> int:
        """Asks it to end, and returns its exit code."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
        try:
            return self.process.wait(limit)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None


def programs_of_postgres() -> Path:
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    assert packaged, "no Postgres is installed (Debian: apt-get install postgresql)"
    return packaged[-1].parent


def owner_of_postgres() -> dict:
    """Whom to start it as: it refuses to be root's."""
    if os.getuid() != 0:
        return {}
    owner = pwd.getpwnam("postgres")
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


class Postgres:
    """A private server with its data, reached by a loopback port."""

    def __init__(self, folder: Path, copy_of: "Postgres | None" = None, settings: dict | None = None):
        self.folder = folder
        self.port = free_port()
        self.programs = programs_of_postgres()
        self.as_owner = owner_of_postgres()
        folder.mkdir(mode=0o700)
        if self.as_owner:
            os.chown(folder, self.as_owner["user"], self.as_owner["group"])
        if copy_of:
            self.run("pg_basebackup", "-h", "127.0.0.1", "-p", copy_of.port, "-U", "postgres",
                      "-D", folder / "data", "-R", "-X", "stream", "-c", "fast")
        else:
            self.run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-D", folder / "data")
        # Durable as in production; only the memory is smaller.
        options = {"listen_addresses": "127.0.0.1", "max_connections": 100, "shared_buffers": "64MB",
                   "logging_collector": "off", "unix_socket_directories": "", **(settings or {})}
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        self.program = Program([self.programs / "postgres", "-D", folder / "data", "-p", str(self.port), *flags],
                               folder / "log", cwd="/", **self.as_owner)

    def run(self, program: str, *arguments, **options) -> str:
        """One of Postgres' own programs."""
        done = subprocess.run([self.programs / program, *map(str, arguments)], capture_output=True, text=True,
                              cwd="/", check=False, **self.as_owner, **options)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, wait: bool = True) -> None:
        """Returns when it accepts connections, to within milliseconds."""
        self.program.log.touch()
        known = self.program.log.stat().st_size
        self.program.start()
        if wait:
            wait_until(lambda: self._says_ready(known), f"Postgres starts, see {self.program.log}")

    def _says_ready(self, known: int) -> bool:
        assert self.program.running(), self.program.log.read_text()[-2000:]
        with self.program.log.open("rb") as log:
            log.seek(known)
            return b"ready to accept" in log.read()

    def processes(self) -> list[int]:
        """The server and its children, each of which leads a group of its own."""
        found = [self.program.process.pid]
        for status in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = status.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == self.program.process.pid:
                found.append(int(status.parent.name))
        return found

    def signal_all(self, number: int) -> None:
        for process in self.processes():
            try:
                os.kill(process, number)
            except ProcessLookupError:
                pass

    def crash(self) -> None:
        """Kills every process of it at once."""
        self.signal_all(signal.SIGKILL)
        self.program.process.wait()

    def stop(self, how: int = signal.SIGINT) -> None:
        if self.program.running():
            self.signal_all(signal.SIGCONT)
            self.program.signal(how)
            self.program.process.wait(START_LIMIT)

    def create(self, database: str) -> str:
        self.query(f"CREATE DATABASE {database}", "postgres")
        return self.url(database)

    def url(self, database: str, port: int | None = None) -> str:
        return f"postgres://postgres@127.0.0.1:{port or self.port}/{database}"

    def query(self, sql: str, database: str) -> list[str]:
        return self.run("psql", "-X", "-At", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", self.port,
                         "-U", "postgres", "-d", database, "-c", sql).splitlines()

    def session(self, database: str) -> subprocess.Popen:
        """A psql that does what is written to it, for locks that are to be held."""
        return subprocess.Popen([self.programs / "psql", "-X", "-q", "-h", "127.0.0.1", "-p", str(self.port),
                                 "-U", "postgres", "-d", database], stdin=subprocess.PIPE, text=True,
                                stdout=subprocess.DEVNULL, cwd="/", **self.as_owner)


class Server:
    """One Porteiro."""

    def __init__(self, folder: Path, database: str, issuer: str | None = None, **settings: str):
        self.port = free_port()
        self.folder = folder
        self.database = database
        folder.mkdir(exist_ok=True)
        self.environment = {
            "PATH": os.environ["PATH"],
            "PORTEIRO_ISSUER": issuer or f"http://127.0.0.1:{self.port}",
            "PORTEIRO_SERVER__LISTEN": f"127.0.0.1:{self.port}",
            "PORTEIRO_DATABASE__URL": database,
            # The faults are not about passwords.
            "PORTEIRO_PASSWORDS__ARGON2_MEMORY_KIB": "1024",
            "PORTEIRO_PASSWORDS__ARGON2_ITERATIONS": "1",
            **{f"PORTEIRO_{name}": value for name, value in settings.items()},
        }
        self.binary = os.environ["PORTEIRO"]
        self.program = Program([self.binary, "serve"], folder / f"log-{self.port}", self.environment, cwd=folder)

    def start(self, wait: bool = True) -> None:
        self.program.start()
        if wait:
            wait_until(self.is_ready, f"the server is ready, see {self.program.log}")

    def is_ready(self) -> bool:
        assert self.program.running(), self.program.log.read_text()[-2000:]
        return answers(f"http://127.0.0.1:{self.port}/readyz")

    def run(self, *arguments: str, expect: int = 0, **settings: str) -> dict | list:
        """A command of the program, with what it prints as JSON."""
        done = subprocess.run([self.binary, *arguments, "--json"], env={**self.environment, **settings},
                              cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == expect, f"{arguments}: {done.returncode} {done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def logged(self) -> str:
        return self.program.log.read_text()


def rows(server: Server, postgres: Postgres | None, sql: str) -> list[str]:
    """The first column of what the store answers, read past the server."""
    if postgres:
        return postgres.query(sql, server.database.rpartition("/")[2])
    with sqlite3.connect(f"file:{server.database.removeprefix('sqlite:')}?mode=ro", uri=True) as database:
        return [row[0] for row in database.execute(sql)]


def tokens_in(server: Server, postgres: Postgres | None) -> set[str]:
    sql = "SELECT jti FROM token" if postgres else (
        "SELECT lower(substr(h,1,8)||'-'||substr(h,9,4)||'-'||substr(h,13,4)||'-'||substr(h,17,4)||'-'"
        "||substr(h,21)) FROM (SELECT hex(jti) AS h FROM token)")
    return set(rows(server, postgres, sql))
