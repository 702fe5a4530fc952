"""nginx with `auth_request`: the preset guards an API, and a browser calls it."""

import http.server
import shutil
import threading
import time
from dataclasses import dataclass

import httpx
import pytest

from server import Client, free_port, running

CONFIGURATION = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.2:{port};
        location = /alive {{ return 204; }}
        {snippet}
    }}
}}
"""
# Where the snippet expects the API; the tests have it on a free port.
API = "http://127.0.0.1:8000"


class Api(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"the guarded answer")

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def api():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@dataclass
class Guarded:
    address: str
    client: Client


@pytest.fixture(scope="module")
def guarded(provider, api, tmp_path_factory):
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    assert nginx, "nginx is not installed"
    folder = tmp_path_factory.mktemp("guard")
    address = f"http://127.0.0.2:{(port := free_port())}"
    made = provider.registered("guarded", "nginx", address)
    snippet = made["snippet"].replace(API, api)
    assert api in snippet
    (folder / "nginx.conf").write_text(CONFIGURATION.format(folder=folder, port=port, snippet=snippet))
    with running([nginx, "-p", str(folder), "-c", str(folder / "nginx.conf")], f"{address}/alive"):
        yield Guarded(address, Client(provider.issuer, made["client_id"], made["client_secret"]))


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


def test_a_browser_without_a_token_is_led_to_the_login(fetch, provider):
    status, page = fetch(None)
    assert status == 200 and 'id="login-submit"' in page


def test_a_token_for_the_address_opens_it(fetch, guarded):
    assert fetch(guarded.client.token()) == (200, "the guarded answer")


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
