"""Panel's generic provider from PyPI."""

import pytest

from panel_server import panel_server
from person import Person
from scenario import SignIn


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


@pytest.fixture(scope="module")
def program(provider):
    with panel_server(provider, "panel") as (address, snippet):
        yield Panel(address, snippet)


class TestPanel(SignIn):
    pass
