"""nginx with `auth_request`: the preset guards an API, and a browser calls it."""

import time
from dataclasses import dataclass

import httpx
import pytest

from protected_site import ProtectedSite
from server import Client


@dataclass
class Guarded:
    address: str
    client: Client


@pytest.fixture(scope="module")
def guarded(provider, tmp_path_factory):
    site = ProtectedSite(provider, "nginx", "127.0.0.2", tmp_path_factory.mktemp("guarded"))
    with site.serving():
        client = Client(provider.issuer, site.made["client_id"], site.made["client_secret"])
        yield Guarded(site.address, client)


@pytest.fixture
def fetch(chromium, guarded):
    """What a page of the site is answered when it sends this token."""
    context = chromium.new_context()
    page = context.new_page()

    def ask(token: str | None) -> tuple[int, str]:
        page.set_extra_http_headers({"Authorization": f"Bearer {token}"} if token else {})
        answer = page.goto(guarded.address)
        return answer.status, answer.text()

    yield ask
    context.close()


def test_a_program_without_a_token_is_refused(guarded):
    answer = httpx.get(guarded.address, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="porteiro"')


def test_a_browser_without_a_token_is_led_to_the_login(fetch):
    status, page = fetch(None)
    assert status == 200 and 'id="login-submit"' in page


def test_a_token_for_the_address_opens_it(fetch, guarded):
    status, page = fetch(guarded.client.token())
    assert status == 200 and f'<p id="user">{guarded.client.client_id}</p>' in page


def test_a_token_for_something_else_is_refused(fetch, provider):
    made = provider.run("client", "create", "elsewhere", "--audience", "https://elsewhere.example")
    elsewhere = Client(provider.issuer, made["client_id"], made["client_secret"])
    assert fetch(elsewhere.token())[0] == 401


def test_tokens_of_the_old_and_of_the_new_key_open_it(fetch, guarded, provider):
    old = guarded.client.token()
    provider.rotate_keys()
    assert fetch(old)[0] == 200
    assert fetch(guarded.client.token())[0] == 200


def test_a_revoked_token_is_refused_within_a_second(fetch, guarded):
    token = guarded.client.token()
    assert fetch(token)[0] == 200
    guarded.client.revoke(token)
    revoked = time.monotonic()
    while fetch(token)[0] == 200:
        assert time.monotonic() - revoked < 1, "still accepted a second after its revocation"
    assert fetch(token)[0] == 401
