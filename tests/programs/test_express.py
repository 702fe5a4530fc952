"""A site on Express with express-openid-connect from npm, registered without a preset."""

import os
import shutil
from pathlib import Path

import pytest

from person import Person
from scenario import SignIn
from server import free_port, running

MODULES = Path(os.environ.get("NODE_MODULES", "target/programs/node/node_modules")).resolve()
SITE = Path(__file__).with_name("express_site.js").resolve()


class Express:
    def __init__(self, address: str):
        self.address = address

    def enter(self, person: Person) -> None:
        person.page.goto(self.address)

    def is_refused(self, person: Person) -> None:
        person.sees("access_denied")

    def knows(self, person: Person) -> None:
        person.page.wait_for_url(f"{self.address}/")
        person.sees(f"{person.account.name}, {' and '.join(person.account.groups)}")

    def leave(self, person: Person) -> None:
        person.page.goto(f"{self.address}/logout")

    def is_left(self, person: Person) -> None:
        person.page.wait_for_url(f"{self.address}/left")


@pytest.fixture(scope="module")
def program(provider):
    node = shutil.which("node")
    assert node, "node is not installed"
    address = f"http://127.0.0.2:{(port := free_port())}"
    made = provider.run(
        "client", "create", "express", "--redirect-uri", f"{address}/callback",
        "--post-logout-redirect-uri", f"{address}/left",
        "--scope=openid", "--scope=profile", "--scope=email", "--scope=groups",
    )
    command = [node, str(SITE), str(port), address, provider.issuer, "express"]
    environment = os.environ | {"CLIENT_SECRET": made["client_secret"], "NODE_PATH": str(MODULES)}
    with running(command, f"{address}/left", env=environment):
        yield Express(address)


class TestExpress(SignIn):
    pass
