"""FastAPI and its /docs: Swagger UI as a public client with PKCE."""

import json
import os
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Route

from person import Person
from scenario import SignIn
from server import free_port, running

MODULES = Path(os.environ.get("NODE_MODULES", "target/programs/node/node_modules")).resolve()
# Where FastAPI's page loads Swagger UI from; here it comes from npm.
CDN = "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5/"


def from_npm(route: Route) -> None:
    route.fulfill(path=MODULES / "swagger-ui-dist" / route.request.url.removeprefix(CDN))


class FastApi:
    def __init__(self, address: str, snippet: str):
        self.address = address
        self.snippet = snippet

    def enter(self, person: Person) -> None:
        self.docs = person.page
        self.docs.context.route(f"{CDN}*", from_npm)
        self.docs.goto(f"{self.address}/docs")
        self.docs.locator(".scheme-container .authorize").click()
        with self.docs.context.expect_page() as popup:
            self.docs.locator(".auth-btn-wrapper .authorize").click()
        person.page = popup.value

    def is_refused(self, person: Person) -> None:
        person.page = self.docs
        person.sees("access_denied")

    def knows(self, person: Person) -> None:
        person.page = self.docs
        self.docs.locator(".auth-btn-wrapper button", has_text="Logout").wait_for()
        self.docs.locator(".auth-btn-wrapper .btn-done").click()
        self.docs.locator(".opblock-summary-control").click()
        self.docs.get_by_role("button", name="Try it out").click()
        self.docs.get_by_role("button", name="Execute").click()
        answer = self.docs.locator(".live-responses-table .response-col_description code").first
        claims = json.loads(answer.inner_text())
        assert claims["sub"] == person.account.sub
        assert claims["groups"] == person.account.groups

    def leave(self, person: Person) -> None:
        person.sign_out(self.snippet)
        person.page.wait_for_url(f"{self.address}/docs*")

    def is_left(self, person: Person) -> None:
        # Its page has forgotten the token when it was left.
        person.page.locator(".scheme-container .authorize.unlocked").wait_for()


@pytest.fixture(scope="module")
def program(provider, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fastapi")
    address = f"http://127.0.0.2:{(port := free_port())}"
    snippet = provider.preset("fastapi", "fastapi", address)
    (folder / "application.py").write_text(snippet)
    command = [sys.executable, "-m", "uvicorn", "--host=127.0.0.2", f"--port={port}", "application:app"]
    with running(command, f"{address}/openapi.json", cwd=folder):
        yield FastApi(address, snippet)


class TestFastApi(SignIn):
    pass
