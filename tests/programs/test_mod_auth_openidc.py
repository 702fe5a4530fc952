"""Apache httpd with Debian's mod_auth_openidc."""

import time

import pytest

from apache import Apache
from scenario import SignIn


@pytest.fixture(scope="module")
def program(provider, tmp_path_factory):
    with Apache(provider, tmp_path_factory, "apache").serving() as apache:
        yield apache


class TestModAuthOpenidc(SignIn):
    def test_a_claim_rule_opens_and_closes_by_group(self, program, person):
        person.page.goto(f"{program.address}/staff/")
        person.log_in()
        person.allow()
        program.knows(person)
        answer = person.page.goto(f"{program.address}/board/")
        assert answer.status == 401

    def test_it_is_told_when_a_session_ends_elsewhere(self, program, person, provider):
        program.enter(person)
        person.log_in()
        person.allow()
        program.knows(person)
        provider.run("user", "disable", person.account.username)
        deadline = time.monotonic() + 10
        while person.page.goto(f"{program.address}/").url.startswith(program.address):
            assert time.monotonic() < deadline, "its session goes on"
            time.sleep(0.1)
