"""What stands in front of replicas. nginx runs the configuration that deploy/ ships."""

import os
import re
import time
from pathlib import Path

from machines import Program, Server, answers, free_port, wait_until

SHIPPED = Path(__file__).parents[2] / "deploy/nginx/porteiro.conf"


class Balancer:
    def __init__(self, name: str, world, command: list, settle: float):
        self.name, self.settle = name, settle
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
        time.sleep(self.settle)


class Nginx(Balancer):
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
    def configuration(self, servers: list[Server]) -> str:
        lines = "\n".join(f"    server porteiro-{number} 127.0.0.1:{server.port} check inter 200ms fall 1 rise 1"
                          for number, server in enumerate(servers, 1))
        return f"""
defaults
    mode http
    timeout connect 2s
    timeout client 60s
    timeout server 60s
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
    return Nginx("nginx", world, ["nginx", "-c", "FILE"], settle=1.2)


def haproxy(world) -> Balancer:
    return Haproxy("haproxy", world, ["haproxy", "-db", "-f", "FILE"], settle=0.5)
