"""Streamlit's `st.login` from PyPI."""

import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from person import Person
from scenario import SignIn
from server import free_port, running

SITE = Path(__file__).with_name("streamlit_site.py")


class Streamlit:
    def __init__(self, address: str):
        self.address = address

    def enter(self, person: Person) -> None:
        person.page.goto(self.address)
        person.page.get_by_role("button", name="Log in").click()
        # Streamlit always asks which account it shall be.
        person.choose_account()

    def is_refused(self, person: Person) -> None:
        # It shows nothing of an error, and nobody is logged in.
        assert person.was_answered("error=access_denied")
        expect(person.page.get_by_role("button", name="Log in")).to_be_visible()

    def knows(self, person: Person) -> None:
        account = person.account
        for line in (
            f"preferred_username: {account.username}", f"name: {account.name}",
            f"email: {account.email}", f"sub: {account.sub}", f"groups: {account.groups}",
        ):
            person.sees(line)

    def leave(self, person: Person) -> None:
        person.page.get_by_role("button", name="Log out").click()
        expect(person.page.get_by_role("button", name="Log in")).to_be_visible()

    def is_left(self, person: Person) -> None:
        person.page.goto(self.address)
        expect(person.page.get_by_role("button", name="Log in")).to_be_visible()


@pytest.fixture(scope="module")
def program(provider, tmp_path_factory):
    folder = tmp_path_factory.mktemp("streamlit")
    address = f"http://127.0.0.2:{(port := free_port())}"
    (folder / ".streamlit").mkdir()
    (folder / ".streamlit" / "secrets.toml").write_text(provider.preset("streamlit", "streamlit", address))
    command = [
        sys.executable, "-m", "streamlit", "run", str(SITE), "--server.headless=true",
        "--server.address=127.0.0.2", f"--server.port={port}", "--browser.gatherUsageStats=false",
        "--server.fileWatcherType=none",
    ]
    with running(command, f"{address}/_stcore/health", cwd=folder):
        yield Streamlit(address)


class TestStreamlit(SignIn):
    pass
