"""A site on Django with mozilla-django-oidc from PyPI, registered without a preset."""

import os
import sys
from pathlib import Path

import pytest

from person import Person
from scenario import SignIn
from server import free_port, running

SITE = Path(__file__).with_name("django_site.py").resolve()


class Django:
    def __init__(self, address: str):
        self.address = address

    def enter(self, person: Person) -> None:
        person.page.goto(f"{self.address}/oidc/authenticate/")

    def is_refused(self, person: Person) -> None:
        person.page.wait_for_url(f"{self.address}/refused*")
        assert person.was_answered("error=access_denied")

    def knows(self, person: Person) -> None:
        person.page.wait_for_url(f"{self.address}/")
        person.sees(f"{person.account.name}, {' and '.join(person.account.groups)}")
        person.page.wait_for_timeout(2_100)
        person.page.reload()
        assert any("prompt=none" in address for address in person.visited)
        person.sees(person.account.name)

    def leave(self, person: Person) -> None:
        person.page.goto(f"{self.address}/oidc/logout/")

    def is_left(self, person: Person) -> None:
        person.page.wait_for_url(f"{self.address}/")
        person.sees("Nobody is signed in")


@pytest.fixture(scope="module")
def program(provider, tmp_path_factory):
    address = f"http://127.0.0.2:{free_port()}"
    made = provider.run(
        "client", "create", "django", "--redirect-uri", f"{address}/oidc/callback/",
        "--post-logout-redirect-uri", f"{address}/",
        "--scope=openid", "--scope=profile", "--scope=email", "--scope=groups",
    )
    database = tmp_path_factory.mktemp("django") / "site.db"
    command = [sys.executable, str(SITE), address, provider.issuer, "django", str(database)]
    with running(command, f"{address}/refused", env=os.environ | {"CLIENT_SECRET": made["client_secret"]}):
        yield Django(address)


class TestDjango(SignIn):
    pass
