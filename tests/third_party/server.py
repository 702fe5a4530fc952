"""A running Porteiro, and clients of it, for software that knows only the RFCs."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

# `go run` builds its standard library first, on a machine that may be busy.
START_LIMIT = 120


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def running(command: list[str], ready: str, **options):
    """Runs a server until it answers at `ready`, and stops it with all that it started."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, **options)
    try:
        deadline = time.monotonic() + START_LIMIT
        while True:
            assert process.poll() is None, f"{command[0]} ended with {process.returncode}"
            try:
                httpx.get(ready)
                break
            except httpx.TransportError:
                assert time.monotonic() < deadline, f"{command[0]} does not answer at {ready}"
                time.sleep(0.02)
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(START_LIMIT)


@dataclass
class Client:
    """A confidential client that gets tokens for itself."""

    issuer: str
    client_id: str
    client_secret: str

    def token(self, **parameters: str) -> str:
        answer = self.post("token", grant_type="client_credentials", **parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()["access_token"]

    def revoke(self, token: str) -> None:
        answer = self.post("revoke", token=token)
        assert answer.status_code == 200, answer.text

    def post(self, endpoint: str, **form: str) -> httpx.Response:
        return httpx.post(
            f"{self.issuer}/oauth2/{endpoint}", data=form, auth=(self.client_id, self.client_secret)
        )


class Porteiro:
    """The program under test and its settings."""

    def __init__(self, folder: Path):
        self.program = os.environ["PORTEIRO"]
        self.folder = folder
        port = free_port()
        self.issuer = f"http://127.0.0.1:{port}"
        self.settings = {
            "PATH": os.environ["PATH"],
            "PORTEIRO_ISSUER": self.issuer,
            "PORTEIRO_SERVER__LISTEN": f"127.0.0.1:{port}",
            "PORTEIRO_DATABASE__URL": f"sqlite:{folder}/porteiro.db",
        }

    def run(self, *arguments: str) -> dict:
        """A command of the program, with the object that it prints."""
        done = subprocess.run(
            [self.program, *arguments, "--json"],
            env=self.settings, cwd=self.folder, capture_output=True, text=True, check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def client(self, client_id: str, *flags: str) -> Client:
        made = self.run("client", "create", client_id, "--grant", "client_credentials", *flags)
        return Client(self.issuer, made["client_id"], made["client_secret"])

    def serving(self):
        return running(
            [self.program, "serve"], f"{self.issuer}/readyz",
            env=self.settings, cwd=self.folder, stdout=sys.stderr,
        )
