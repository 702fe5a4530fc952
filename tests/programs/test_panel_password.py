"""Panel's password provider from PyPI: its own login form, and the password grant."""

from pathlib import Path

import pytest

from panel_server import panel_server
from person import Person
from provider import PASSWORD

# The form of Panel 1.9.4's own page leads to where nobody answers it.
LOGIN_PAGE = Path(__file__).with_name("panel_login.html")


@pytest.fixture(scope="module")
def panel(provider):
    template = f"--basic-login-template={LOGIN_PAGE}"
    with panel_server(provider, "panel-password", template) as (address, _):
        yield f"{address}/panel_site"


def log_in(panel: str, person: Person, password: str) -> None:
    person.page.goto(panel)
    person.page.locator("[name=username]").fill(person.account.username)
    person.page.locator("[name=password]").fill(password)
    person.page.locator("[type=submit]").click()


def test_the_right_password_brings_who_it_is(panel, person):
    log_in(panel, person, PASSWORD)
    account = person.account
    for line in (
        f"user: {account.username}", f"name: {account.name}", f"email: {account.email}",
        f"sub: {account.sub}", f"groups: {account.groups}",
    ):
        person.sees(line)


def test_a_wrong_password_brings_nothing(panel, person):
    log_in(panel, person, "a wrong guess")
    person.sees("invalid_grant")
    person.page.goto(panel)
    assert person.page.locator("[name=password]").is_visible()


def test_a_locked_account_is_refused(panel, person, provider):
    provider.run("user", "disable", person.account.username)
    log_in(panel, person, PASSWORD)
    person.sees("invalid_grant")
