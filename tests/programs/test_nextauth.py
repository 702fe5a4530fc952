"""A Next.js application with NextAuth.js from npm."""

import os
import re
import shutil
from pathlib import Path

import pytest

from person import Person
from scenario import SignIn
from server import free_port, running

MODULES = Path(os.environ.get("NODE_MODULES", "target/programs/node/node_modules")).resolve()
SITE = Path(__file__).with_name("next_site")


class Next:
    def __init__(self, address: str, snippet: str):
        self.address = address
        self.snippet = snippet

    def enter(self, person: Person) -> None:
        person.page.goto(f"{self.address}/api/auth/signin")
        person.page.get_by_role("button", name="Sign in with Porteiro").click()

    def is_refused(self, person: Person) -> None:
        person.page.wait_for_url(f"{self.address}/api/auth/**")
        assert person.was_answered("error=access_denied")

    def knows(self, person: Person) -> None:
        person.page.wait_for_url(f"{self.address}/")
        person.sees(f"name: {person.account.name} email: {person.account.email}")

    def leave(self, person: Person) -> None:
        person.page.get_by_role("button", name="Sign out").click()
        person.sees("nobody")
        person.sign_out(self.snippet)
        person.page.wait_for_url(f"{self.address}/")

    def is_left(self, person: Person) -> None:
        person.sees("nobody")


@pytest.fixture(scope="module")
def program(provider, tmp_path_factory):
    node = shutil.which("node")
    assert node, "node is not installed"
    folder = tmp_path_factory.mktemp("next") / "site"
    shutil.copytree(SITE, folder)
    (folder / "package.json").write_text('{"private": true}')
    (folder / "node_modules").symlink_to(MODULES)
    # Next.js calls every address of this machine localhost.
    address = f"http://localhost:{(port := free_port())}"
    snippet = provider.preset("nextauth", "nextauth", address)
    (folder / "auth.js").write_text(snippet)
    secret = re.search(r"AUTH_SECRET=(\S+)", snippet)[1]
    settings = {"AUTH_SECRET": secret, "AUTH_URL": address, "NEXT_TELEMETRY_DISABLED": "1"}
    command = [node, str(MODULES / "next" / "dist" / "bin" / "next"), "dev", "-H", "localhost", "-p", str(port)]
    with running(command, f"{address}/api/auth/providers", cwd=folder, env=os.environ | settings):
        yield Next(address, snippet)


class TestNextAuth(SignIn):
    pass
