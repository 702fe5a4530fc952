"""Apache httpd with Debian's mod_auth_openidc."""

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
