"""What stands in front of replicas. nginx runs the configuration that deploy/ ships."""

import os
import re
import socket
import time
from pathlib import Path

from machines import Program, Server, answers, free_port, wait_until

SHIPPED = Path(__file__).parents[2] / "deploy/nginx/porteiro.conf"


class Balancer:
    def __init__(self, name: str, world, command: list):
        self.name = name
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = world.folder / name
        self.folder.mkdir()
        self.file = self.folder / "configuration"
        self.program = Program([part if part != "FILE" else self.file for part in command], self.folder / "log")
        world.programs.append(self.program)

    def start(self, servers: list[Server]) -> None:
        self.file.write_text(self.configuration(servers))
        self.program.start()
        wait_until(lambda: answers(f"{self.url}/readyz"), f"{self.name} answers, see {self.program.log}")

    def configuration(self, servers: list[Server]) -> str:
        raise NotImplementedError

    def uses_again(self) -> None:
        """Waits for as long as it avoids a server that was away."""
        raise NotImplementedError


class Nginx(Balancer):
    def uses_again(self) -> None:
        time.sleep(1.2)  # fail_timeout, and a little

    def configuration(self, servers: list[Server]) -> str:
        site = SHIPPED.read_text()
        site = re.sub(r"listen \d+;", f"listen 127.0.0.1:{self.port};", site)
        for number, server in enumerate(servers, 1):
            site = site.replace(f"porteiro-{number}:8080", f"127.0.0.1:{server.port}")
        temporary = "".join(f"{kind}_temp_path {self.folder}/{kind};\n"
                            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        user = "user root;" if os.getuid() == 0 else ""
        return (f"{user} daemon off; pid {self.folder}/pid; error_log {self.folder}/error.log;\n"
                f"events {{}}\nhttp {{\naccess_log off;\n{temporary}{site}}}\n")


class Haproxy(Balancer):
    def uses_again(self) -> None:
        wait_until(lambda: self._states() == ["UP", "UP"], "HAProxy uses both servers")

    def _states(self) -> list[str]:
        with socket.create_connection(("127.0.0.1", self.control)) as control:
            control.sendall(b"show stat\n")
            lines = control.makefile().read().splitlines()
        names = lines[0].removeprefix("# ").split(",")
        rows = [dict(zip(names, line.split(","))) for line in lines[1:] if line]
        return [row["status"] for row in rows if row["svname"].startswith("porteiro-")]

    def configuration(self, servers: list[Server]) -> str:
        lines = "\n".join(f"    server porteiro-{number} 127.0.0.1:{server.port} check inter 300ms fall 2 rise 1"
                          for number, server in enumerate(servers, 1))
        self.control = free_port()
        return f"""
global
    stats socket ipv4@127.0.0.1:{self.control}

defaults
    mode http
    timeout connect 2s
    timeout client 60s
    timeout server 60s
    timeout check 2s
    option redispatch
    retries 3
    retry-on conn-failure

frontend login
    bind 127.0.0.1:{self.port}
    default_backend porteiro

backend porteiro
    option httpchk GET /readyz
    http-check expect status 200
{lines}
"""


def nginx(world) -> Balancer:
    return Nginx("nginx", world, ["nginx", "-c", "FILE"])


def haproxy(world) -> Balancer:
    return Haproxy("haproxy", world, ["haproxy", "-db", "-f", "FILE"])
