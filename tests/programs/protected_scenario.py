"""What must hold of every proxy that protects a site for people."""

import time
from contextlib import contextmanager

import httpx

from protected_site import ProtectedSite
from scenario import SignIn
from server import Client

DEEP = "/reports/2026?region=S%C3%A3o+Paulo&next=//evil.example/&x=a%26b"


@contextmanager
def site(provider, kind: str, host: str, tmp_path_factory):
    """A site of one owner, whose visitors are asked whether they agree."""
    with ProtectedSite(provider, kind, host, tmp_path_factory.mktemp(f"site-{kind}")).serving() as protected:
        yield protected


@contextmanager
def neighbouring_site(provider, kind: str, host: str, tmp_path_factory):
    """A site that asks for no consent, behind the same kind of proxy."""
    folder = tmp_path_factory.mktemp(f"neighbour-{kind}")
    with ProtectedSite(provider, kind, host, folder, flags=("--skip-consent",)).serving() as protected:
        yield protected


class ProtectedSignIn(SignIn):
    """Inherited by the tests of each proxy."""

    def test_the_deep_link_is_kept(self, program, person):
        program.enter(person, DEEP)
        person.log_in()
        person.allow()
        person.page.wait_for_url(program.address + DEEP)
        assert person.page.locator("#address").inner_text() == DEEP
        program.knows(person)

    def test_one_login_is_enough_for_all_sites(self, program, neighbour, person):
        neighbour.enter(person)
        person.log_in()
        neighbour.knows(person)
        program.enter(person)
        person.allow()
        program.knows(person)
        neighbour.enter(person, DEEP)
        person.page.wait_for_url(neighbour.address + DEEP)

    def test_what_the_browser_says_of_itself_is_replaced(self, program, person):
        spoofed = {"X-Auth-Request-User": "root", "X-Auth-Request-Groups": "admins",
                   "X-Auth-Request-Email": "root@example.com", "X_Auth_Request_Groups": "admins",
                   "x-auth_request-user": "root"}
        assert program.answers(person, "/", **spoofed) == 401
        program.enter(person)
        person.log_in()
        person.allow()
        program.knows(person)
        person.page.set_extra_http_headers(spoofed)
        program.enter(person)
        program.knows(person)

    def test_what_is_not_granted_cannot_be_claimed_either(self, provider, program):
        """A program's token says no groups, and none may be put in their place."""
        client = Client(provider.issuer, program.made["client_id"], program.made["client_secret"])
        spoofed = {"Authorization": f"Bearer {client.token()}", "X-Auth-Request-Groups": "admins",
                   "X-Auth-Request-Email": "root@example.com", "X_Auth-Request_Groups": "admins"}
        page = httpx.get(program.address, headers=spoofed)
        assert page.status_code == 200, page.text
        assert f'<p id="user">{client.client_id}</p>' in page.text
        assert "admins" not in page.text and "root@example.com" not in page.text

    def test_who_is_disabled_is_out_within_a_second(self, program, provider, person):
        self.is_out_within_a_second(program, person, lambda: provider.run(
            "user", "disable", person.account.username))
        program.enter(person)
        person.at("/login")

    def test_whose_tokens_are_revoked_is_out_within_a_second(self, program, provider, person):
        self.is_out_within_a_second(program, person, lambda: provider.run(
            "token", "revoke", "--user", person.account.username))

    def test_who_logs_out_is_out_of_every_site(self, program, neighbour, provider, person):
        neighbour.enter(person)
        person.log_in()
        neighbour.knows(person)
        self.is_out_within_a_second(program, person, lambda: neighbour.leave(person), logged_in=True)
        assert neighbour.answers(person, "/") == 401

    @staticmethod
    def is_out_within_a_second(program, person, act, logged_in=False):
        program.enter(person)
        if not logged_in:
            person.log_in()
        person.allow()
        program.knows(person)
        assert program.answers(person, "/") == 200
        act()
        acted = time.monotonic()
        while program.answers(person, "/") == 200:
            assert time.monotonic() - acted < 1, "still let in after a second"
        assert program.answers(person, "/") == 401

    def test_a_cookie_of_another_site_or_a_forged_one_opens_nothing(self, program, neighbour, person):
        neighbour.enter(person)
        person.log_in()
        neighbour.knows(person)
        cookies = {cookie["name"]: cookie["value"] for cookie in person.page.context.cookies(neighbour.address)}
        real = cookies["porteiro_visitor"]
        assert httpx.get(neighbour.address, cookies={"porteiro_visitor": real}).status_code == 200
        for cookie in (real, real[:-3] + "AAA", "pvc_" + "A" * 75, "x"):
            answer = httpx.get(program.address, cookies={"porteiro_visitor": cookie})
            assert answer.status_code in (303, 401), cookie
            assert "The site" not in answer.text
        spoofed = {"X-Forwarded-Host": neighbour.address.removeprefix("http://"), "X-Forwarded-Proto": "http",
                   "X-Original-URL": neighbour.address + "/"}
        answer = httpx.get(program.address, cookies={"porteiro_visitor": real}, headers=spoofed)
        assert answer.status_code in (303, 401) and "The site" not in answer.text

    def test_nobody_is_led_to_another_host(self, program, person):
        for evil in ("//evil.example/", "https://evil.example/", "@evil.example/", ".evil.example/", "/%5Cevil.example"):
            person.page.goto(f"{program.address}/_porteiro/start?return_to={evil}")
            if "/login" in person.page.url:
                person.log_in()
                person.allow()
            program.knows(person)

    def test_a_script_is_refused_and_not_led_away(self, program, person):
        program.enter(person)
        person.log_in()
        person.allow()
        program.knows(person)
        ask = "fetch('/data').then(answer => [answer.status, answer.redirected])"
        assert person.page.evaluate(ask) == [200, False]
        person.page.context.clear_cookies()
        assert person.page.evaluate(ask) == [401, False]

    def test_a_form_that_comes_too_late_ends_at_the_login(self, program, person):
        program.enter(person)
        person.log_in()
        person.allow()
        program.knows(person)
        person.page.context.clear_cookies()
        person.page.evaluate("""() => {
            const form = document.createElement('form');
            form.method = 'post'; form.action = '/save';
            document.body.append(form); form.submit();
        }""")
        person.log_in()
        person.page.wait_for_url(program.address + "/save")
