"""FastAPI's OAuth2PasswordBearer: the form that its /docs sends, and a token that it reads."""

import os
import sys
import time
from pathlib import Path

import httpx
import pytest

from server import free_port, running

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def application(porteiro):
    """Where it answers."""
    address = f"http://127.0.0.1:{(port := free_port())}"
    command = [sys.executable, "-m", "uvicorn", "--port", str(port), "password_bearer:app"]
    settings = os.environ | {"ISSUER": porteiro.issuer}
    with running(command, f"{address}/alive", cwd=Path(__file__).parent, env=settings):
        yield address


@pytest.fixture(scope="module")
def bia(porteiro):
    (porteiro.folder / "password").write_text(PASSWORD)
    return porteiro.run(
        "user", "create", "bia", "--name", "Bia Lima", "--email", "bia@example.org",
        "--password-file", str(porteiro.folder / "password"),
    )


@pytest.fixture(scope="module")
def client(porteiro):
    return porteiro.run(
        "client", "create", "docs", "--grant", "password",
        *(part for scope in ("openid", "profile", "email") for part in ("--scope", scope)),
    )


def token_url(application: str) -> str:
    """As Swagger UI finds it."""
    schemes = httpx.get(f"{application}/openapi.json").json()["components"]["securitySchemes"]
    return schemes["OAuth2PasswordBearer"]["flows"]["password"]["tokenUrl"]


def authorize(application: str, client: dict, place: str, **changed: str) -> httpx.Response:
    """What the button "Authorize" sends, with the client in the header or in the body."""
    form = {"grant_type": "password", "username": "bia", "password": PASSWORD, "scope": "openid profile"}
    proof = {"client_id": client["client_id"], "client_secret": client["client_secret"]}
    if place == "body":
        return httpx.post(token_url(application), data=form | proof | changed)
    return httpx.post(token_url(application), data=form | changed, auth=tuple(proof.values()))


@pytest.mark.parametrize("place", ["header", "body"])
def test_the_form_gets_a_token_that_the_application_takes(application, client, bia, place):
    answer = authorize(application, client, place)
    assert answer.status_code == 200, answer.text
    assert answer.json()["token_type"] == "Bearer"
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    who = httpx.get(f"{application}/users/me", headers=headers)
    assert who.status_code == 200, who.text
    assert (who.json()["sub"], who.json()["name"]) == (bia["sub"], "Bia Lima")


def test_without_a_scope_the_token_says_who_it_is(application, client, bia):
    answer = authorize(application, client, "header", scope="")
    assert answer.status_code == 200, answer.text
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    who = httpx.get(f"{application}/users/me", headers=headers)
    assert (who.status_code, who.json()["sub"]) == (200, bia["sub"]), who.text


def test_a_wrong_password_is_refused_by_the_token_endpoint(application, client, bia):
    answer = authorize(application, client, "header", password="a guess")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_a_revoked_token_is_refused_by_the_application(application, porteiro, client, bia):
    token = authorize(application, client, "header").json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert httpx.get(f"{application}/users/me", headers=headers).status_code == 200
    porteiro.run("token", "revoke", "--user", "bia")
    time.sleep(1)
    refused = httpx.get(f"{application}/users/me", headers=headers)
    assert (refused.status_code, refused.json()["detail"]["error_code"]) == (401, "token_revoked")
