"""Panel's generic provider from PyPI."""

import os
import sys
from pathlib import Path

import pytest

from person import Person
from scenario import SignIn
from server import free_port, running

SITE = Path(__file__).with_name("panel_site.py")


class Panel:
    def __init__(self, address: str, snippet: str):
        self.address = address
        self.snippet = snippet

    def enter(self, person: Person) -> None:
        person.page.goto(f"{self.address}/panel_site")

    def is_refused(self, person: Person) -> None:
        person.sees("access_denied")

    def knows(self, person: Person) -> None:
        account = person.account
        for line in (
            f"user: {account.username}", f"name: {account.name}", f"email: {account.email}",
            f"sub: {account.sub}", f"groups: {account.groups}",
        ):
            person.sees(line)

    def leave(self, person: Person) -> None:
        person.sign_out(self.snippet)
        person.page.wait_for_url(f"{self.address}/logout*")

    def is_left(self, person: Person) -> None:
        assert not [cookie for cookie in person.page.context.cookies(self.address) if cookie["name"] == "user"]


def settings(snippet: str) -> dict[str, str]:
    lines = [line for line in snippet.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


@pytest.fixture(scope="module")
def program(provider, tmp_path_factory):
    address = f"http://127.0.0.2:{(port := free_port())}"
    snippet = provider.preset("panel", "panel", address)
    command = [
        sys.executable, "-m", "panel", "serve", str(SITE), "--address=127.0.0.2", f"--port={port}",
        f"--allow-websocket-origin=127.0.0.2:{port}",
    ]
    with running(command, f"{address}/liveness", env=os.environ | settings(snippet)):
        yield Panel(address, snippet)


class TestPanel(SignIn):
    pass
