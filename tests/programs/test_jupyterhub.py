"""JupyterHub from PyPI, with oauthenticator's generic-oauth."""

import os
import sys
import time
from pathlib import Path

import httpx
import pytest

from person import Person
from scenario import SignIn
from server import START_LIMIT, free_port, running

MODULES = Path(os.environ.get("NODE_MODULES", "target/programs/node/node_modules")).resolve()

# What else a hub needs to run here: its proxy, from npm, and no notebooks.
SETTINGS = """
c.JupyterHub.bind_url = "{address}"
c.JupyterHub.hub_port = {hub_port}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_port}"
c.ConfigurableHTTPProxy.command = [{proxy!r}]
c.JupyterHub.default_url = "/hub/home"
c.JupyterHub.log_level = "WARN"
"""


class JupyterHub:
    def __init__(self, address: str):
        self.address = address

    def enter(self, person: Person) -> None:
        person.page.goto(f"{self.address}/hub/login")
        person.page.get_by_text("Sign in with Porteiro").click()

    def is_refused(self, person: Person) -> None:
        assert person.was_answered("error=access_denied")
        person.sees("the person did not allow it")

    def knows(self, person: Person) -> None:
        person.page.wait_for_url(f"{self.address}/hub/home")
        account = person.account
        person.sees(account.username)
        # Its pages have no place for groups, its API has.
        answer = person.page.request.get(
            f"{self.address}/hub/api/user", headers={"Referer": f"{self.address}/hub/home"}
        )
        known = answer.json()
        assert (known["name"], sorted(known["groups"])) == (account.username, sorted(account.groups))

    def leave(self, person: Person) -> None:
        person.page.locator("#logout").click()
        person.at("/logout")
        person.confirm_logout()
        person.page.wait_for_url(f"{self.address}/hub/login*")

    def is_left(self, person: Person) -> None:
        person.page.get_by_text("Sign in with Porteiro").wait_for()


@pytest.fixture(scope="module")
def program(provider, tmp_path_factory):
    folder = tmp_path_factory.mktemp("jupyterhub")
    address = f"http://127.0.0.2:{free_port()}"
    settings = SETTINGS.format(
        address=address, hub_port=free_port(), proxy_port=free_port(),
        proxy=str(MODULES / ".bin" / "configurable-http-proxy"),
    )
    snippet = provider.preset("jupyterhub", "jupyterhub", address)
    (folder / "jupyterhub_config.py").write_text(snippet + settings)
    ready = f"{address}/hub/health"
    with running([sys.executable, "-m", "jupyterhub"], ready, cwd=folder):
        # Its proxy answers before it knows where the hub is.
        deadline = time.monotonic() + START_LIMIT
        while httpx.get(ready).status_code != 200:
            assert time.monotonic() < deadline, "the hub does not answer"
            time.sleep(0.1)
        yield JupyterHub(address)


class TestJupyterHub(SignIn):
    pass
