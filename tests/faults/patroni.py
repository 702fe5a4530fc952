"""A Patroni cluster beneath the server: etcd, two nodes with a network each, and HAProxy in front.

The nodes run the configuration that deploy/ ships, with shorter times: they take over within seconds.
"""

import json
import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from machines import Program, free_port, owner_of_postgres, programs_of_postgres, wait_until

SHIPPED = Path(__file__).parents[2] / "deploy/postgres"
NETWORK = "10.77.0"
HERE = f"{NETWORK}.1"
PASSWORD = "change-me"
TIMES = {"ttl": 8, "loop_wait": 1, "retry_timeout": 3}


def run(*command, inside: "Network | None" = None) -> str:
    enter = ["nsenter", f"--net=/proc/{inside.holder.process.pid}/ns/net"] if inside else []
    done = subprocess.run([*enter, *map(str, command)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout


class Bridge:
    """Joins the networks of the nodes to that of the tests."""

    def __init__(self):
        run("ip", "link", "add", "name", "cluster", "type", "bridge")
        run("ip", "address", "add", f"{HERE}/24", "dev", "cluster")
        run("ip", "link", "set", "cluster", "up")

    def close(self) -> None:
        run("ip", "link", "delete", "cluster")


class Network:
    """What a machine is to those around it. It can be unplugged."""

    def __init__(self, name: str, address: str, folder: Path):
        self.address = address
        self.holder = Program(["unshare", "--net", "sleep", "infinity"], folder / f"network-{name}")
        self.holder.start()
        own = os.readlink("/proc/self/ns/net")
        wait_until(lambda: os.readlink(f"/proc/{self.holder.process.pid}/ns/net") != own, "a network of its own")
        run("ip", "link", "add", "name", f"to-{name}", "type", "veth", "peer", "name", "out",
            "netns", self.holder.process.pid)
        run("ip", "link", "set", f"to-{name}", "master", "cluster", "up")
        for device in ("lo", "out"):
            run("ip", "link", "set", device, "up", inside=self)
        run("ip", "address", "add", f"{address}/24", "dev", "out", inside=self)

    def cut(self) -> None:
        """From now on every packet is swallowed, and nobody is told."""
        for chain, end in (("INPUT", "-i"), ("OUTPUT", "-o")):
            run("iptables", "-w", "-I", chain, end, "out", "-j", "DROP", inside=self)

    def mend(self) -> None:
        for chain in ("INPUT", "OUTPUT"):
            run("iptables", "-w", "-F", chain, inside=self)

    def processes(self) -> list[int]:
        """Whatever runs in there."""
        own, found = os.readlink(f"/proc/{self.holder.process.pid}/ns/net"), []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if os.readlink(process / "ns/net") == own and int(process.name) != self.holder.process.pid:
                    found.append(int(process.name))
            except OSError:
                continue
        return found

    def close(self) -> None:
        self.holder.kill()


class Disk:
    """In memory: no power is lost here, and what rejoins copies and syncs a whole cluster."""

    def __init__(self, place: Path):
        self.place = place
        place.mkdir()
        run("mount", "-t", "tmpfs", "-o", "size=2g,mode=755", "tmpfs", place)

    def close(self) -> None:
        run("umount", "--lazy", self.place)


class Node:
    """A machine with Patroni and the Postgres that it starts."""

    def __init__(self, name: str, address: str, etcd: str, folder: Path, owner: dict):
        self.name, self.address = name, address
        self.folder, self.disk = folder / name, folder / "disk" / name
        for place in (self.folder, self.disk):
            place.mkdir(mode=0o711)
            os.chown(place, owner["user"], owner["group"])
        self.network = Network(name, address, folder)
        (self.folder / "patroni.yaml").write_text(self._configuration(etcd))
        enter = ["nsenter", f"--net=/proc/{self.network.holder.process.pid}/ns/net"]
        drop = ["setpriv", f"--reuid={owner['user']}", f"--regid={owner['group']}", "--clear-groups"]
        self.patroni = Program([*enter, *drop, "patroni", self.folder / "patroni.yaml"], self.folder / "log", cwd="/")

    def _configuration(self, etcd: str) -> str:
        text = (SHIPPED / "patroni.yaml").read_text()
        for name, value in TIMES.items():
            text = re.sub(rf"\b{name}: \d+", f"{name}: {value}", text)
        # Not every machine that runs the tests has one.
        text = text.replace("mode: required", "mode: off")
        text = text.replace("/var/lib/postgresql/15/porteiro", str(self.disk / "data"))
        text = text.replace("/var/lib/postgresql/patroni.pgpass", str(self.folder / "pgpass"))
        # The default is a folder that every Postgres of this machine shares.
        text = text.replace("  pgpass:", "  parameters: {unix_socket_directories: ''}\n  pgpass:")
        text = text.replace("/usr/lib/postgresql/15/bin", str(programs_of_postgres()))
        text = text.replace("name: db1", f"name: {self.name}").replace("db1:", f"{self.address}:")
        return text.replace("etcd1:2379", etcd)

    def start(self) -> None:
        self.patroni.start()

    def asked(self, path: str, body: dict | None = None) -> tuple[int, str]:
        """Patroni's answer over HTTP; 0 when there is none."""
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(f"http://{self.address}:8008{path}", data)
        try:
            with urllib.request.urlopen(request, timeout=1 if body is None else 60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()
        except OSError:
            return 0, ""

    def is_primary(self) -> bool:
        return self.asked("/primary")[0] == 200

    def signal_all(self, number: int) -> None:
        for process in self.network.processes():
            try:
                os.kill(process, number)
            except ProcessLookupError:
                pass

    def freeze(self) -> None:
        self.signal_all(signal.SIGSTOP)

    def lose_power(self) -> None:
        """Everything on it ends at once."""
        while self.network.processes():
            self.signal_all(signal.SIGKILL)
            time.sleep(0.01)
        self.patroni.process.wait()

    def wake_only_postgres(self) -> None:
        """Its Postgres goes on, and nobody is there to demote it."""
        self.patroni.kill()
        self.signal_all(signal.SIGCONT)

    def close(self) -> None:
        if self.patroni.process:
            self.lose_power()
        self.network.close()


class Cluster:
    """Takes the place of a `Postgres` in a world."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.chmod(0o711)
        self.parts = []
        try:
            self._build(owner_of_postgres())
        except BaseException:
            self.close()
            raise

    def _build(self, owner: dict) -> None:
        self.parts += [Bridge(), Disk(self.folder / "disk")]
        port, peers = free_port(), free_port()
        self.etcd = Program(
            ["etcd", "--name", "etcd1", "--data-dir", self.folder / "disk/etcd", "--listen-client-urls",
             f"http://{HERE}:{port}", "--advertise-client-urls", f"http://{HERE}:{port}", "--listen-peer-urls",
             f"http://{HERE}:{peers}", "--initial-advertise-peer-urls", f"http://{HERE}:{peers}",
             "--initial-cluster", f"etcd1=http://{HERE}:{peers}"], self.folder / "etcd.log")
        self.etcd.start()
        wait_until(lambda: self._etcd_answers(port), f"etcd answers, see {self.etcd.log}")
        self.nodes = []
        for number in (1, 2):
            node = Node(f"db{number}", f"{NETWORK}.{10 + number}", f"{HERE}:{port}", self.folder, owner)
            self.parts.append(node)
            self.nodes.append(node)
            node.start()
            if number == 1:
                wait_until(node.is_primary, f"the first node is the primary, see {node.folder / 'log'}", pause=0.1)
        self.is_whole()

    @staticmethod
    def _etcd_answers(port: int) -> bool:
        try:
            with urllib.request.urlopen(f"http://{HERE}:{port}/health", timeout=1) as answer:
                return b'"true"' in answer.read()
        except OSError:
            return False

    def is_whole(self) -> None:
        """Waits until both run and the standby is synchronous."""
        for node in self.nodes:
            if not node.patroni.running():
                node.start()
        wait_until(self._has_a_synchronous_standby, f"the standby is synchronous, see {self.folder}", pause=0.2)

    def _has_a_synchronous_standby(self) -> bool:
        return any(node.is_primary() for node in self.nodes) and any(
            node.asked("/synchronous")[0] == 200 for node in self.nodes)

    def primary(self) -> Node:
        return next(node for node in self.nodes if node.is_primary())

    def other(self, than: Node) -> Node:
        return next(node for node in self.nodes if node is not than)

    def create(self, database: str) -> str:
        self.query(f"CREATE DATABASE {database}", "postgres")
        return self.url(database)

    def url(self, database: str) -> str:
        hosts = ",".join(f"{node.address}:5432" for node in self.nodes)
        return f"postgres://postgres:{PASSWORD}@{hosts}/{database}"

    def query(self, sql: str, database: str, node: Node | None = None) -> list[str]:
        server = (node or self.primary()).address
        done = subprocess.run(["psql", "-X", "-At", "-v", "ON_ERROR_STOP=1", "-c", sql,
                               f"postgres://postgres:{PASSWORD}@{server}/{database}?connect_timeout=2"],
                              capture_output=True, text=True, check=False, timeout=5)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def takes_writes(self, node: Node) -> bool:
        """Whether it commits, which a primary does not while it waits for its synchronous standby."""
        try:
            self.query("CREATE TABLE IF NOT EXISTS probe (at text); INSERT INTO probe VALUES ('now')", "postgres", node)
            return True
        except (AssertionError, subprocess.TimeoutExpired):
            return False

    def believes_to_be_the_primary(self, node: Node) -> bool:
        try:
            return self.query("SHOW transaction_read_only", "postgres", node) == ["off"]
        except (AssertionError, subprocess.TimeoutExpired):
            return False

    def close(self) -> None:
        if hasattr(self, "etcd"):
            self.etcd.stop()
        for part in reversed(self.parts):
            part.close()


def balancer(cluster: Cluster) -> tuple[Program, int]:
    """HAProxy as deploy/ ships it, in front of the cluster, and its port."""
    port = free_port()
    text = (SHIPPED / "haproxy.cfg").read_text().replace("127.0.0.1:5432", f"127.0.0.1:{port}")
    for node in cluster.nodes:
        text = text.replace(f"{node.name}:5432", f"{node.address}:5432")
    file = cluster.folder / "haproxy.cfg"
    file.write_text(text)
    return Program(["haproxy", "-db", "-f", file], cluster.folder / "haproxy.log"), port
