"""The ladder: nginx asks `/oauth2/verify` with `auth_request` before each request."""

import shutil
import time
from pathlib import Path

import httpx
import pytest

from server import free_port, running

CONFIGURATION = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location = /alive {{ return 204; }}
        location / {{
            auth_request /verify;
            add_header Verified yes;
            try_files /page =404;
            root {folder};
        }}
        location = /verify {{
            internal;
            proxy_pass {issuer}/oauth2/verify;
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
        }}
    }}
}}
"""


@pytest.fixture(scope="module")
def protected(porteiro, tmp_path_factory):
    """An address that nginx guards."""
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/opt/homebrew/bin")
    assert nginx, "nginx is not installed"
    # Not under pytest's folder, which nginx's worker process may not enter.
    folder = Path(tmp_path_factory.mktemp("nginx"))
    for parent in (folder, *folder.parents[:2]):
        parent.chmod(0o755)
    (folder / "page").write_text("the protected page")
    port = free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text(CONFIGURATION.format(folder=folder, port=port, issuer=porteiro.issuer))
    address = f"http://127.0.0.1:{port}"
    with running([nginx, "-p", str(folder), "-c", str(configuration)], f"{address}/alive"):
        yield f"{address}/"


@pytest.fixture(scope="module")
def client(porteiro):
    return porteiro.client("behind-nginx")


def ask(protected: str, token: str | None = None) -> httpx.Response:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return httpx.get(protected, headers=headers)


def challenge(answer: httpx.Response) -> str:
    assert answer.status_code == 401, f"{answer.status_code} {answer.text}"
    assert "the protected page" not in answer.text
    challenge = answer.headers["WWW-Authenticate"]
    assert challenge.startswith("Bearer"), challenge
    return challenge


def test_a_good_token_opens_the_page(protected, client):
    answer = ask(protected, client.token())
    assert (answer.status_code, answer.text) == (200, "the protected page")


def test_no_token_is_asked_for_one(protected):
    assert "error=" not in challenge(ask(protected))


def test_a_malformed_token_is_refused(protected):
    assert 'error="invalid_token"' in challenge(ask(protected, "not-a-token"))


def test_a_revoked_token_is_refused_within_a_second(protected, client):
    token = client.token()
    assert ask(protected, token).status_code == 200
    client.revoke(token)
    revoked = time.monotonic()
    while ask(protected, token).status_code == 200:
        assert time.monotonic() - revoked < 1, "still accepted a second after its revocation"
    assert 'error="invalid_token"' in challenge(ask(protected, token))


def test_an_expired_token_is_refused(protected, porteiro):
    token = porteiro.client("short-lived-behind-nginx", "--access-token-lifetime", "2s").token()
    assert ask(protected, token).status_code == 200
    time.sleep(2.1)
    assert 'error="invalid_token"' in challenge(ask(protected, token))


def test_each_step_has_its_own_answer(protected, porteiro, client):
    revoked = client.token()
    client.revoke(revoked)
    expired = porteiro.client("expires-behind-nginx", "--access-token-lifetime", "1s").token()
    time.sleep(1.1)
    answers = [challenge(ask(protected, token)) for token in (None, "malformed", revoked, expired)]
    assert len(set(answers)) == len(answers), answers
