"""The signature path: a FastAPI application verifies with PyJWT's PyJWKClient."""

import os
import sys
import time
from pathlib import Path

import httpx
import jwt
import pytest

from server import free_port, running

AUDIENCE = "https://orders.example"


@pytest.fixture(scope="module")
def orders(porteiro):
    """Where the application answers."""
    address = f"http://127.0.0.1:{(port := free_port())}"
    command = [sys.executable, "-m", "uvicorn", "--port", str(port), "resource_server:app"]
    settings = os.environ | {"ISSUER": porteiro.issuer, "AUDIENCE": AUDIENCE}
    with running(command, f"{address}/alive", cwd=Path(__file__).parent, env=settings):
        yield address


def ask(orders: str, token: str) -> httpx.Response:
    return httpx.get(f"{orders}/who", headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_token_of_every_algorithm_is_accepted(porteiro, orders, algorithm):
    client = porteiro.client(
        f"signed-{algorithm}", "--audience", AUDIENCE, "--scope", "orders.read",
        "--signing-alg", algorithm,
    )
    token = client.token(scope="orders.read")
    answer = ask(orders, token)
    assert answer.status_code == 200, answer.text
    claims = answer.json()
    assert claims["sub"] == claims["client_id"] == client.client_id
    assert claims["scope"] == "orders.read"
    header = jwt.get_unverified_header(token)
    assert (header["typ"], header["alg"]) == ("at+jwt", algorithm)


def test_an_expired_token_is_refused(porteiro, orders):
    client = porteiro.client("short-lived", "--audience", AUDIENCE, "--access-token-lifetime", "2s")
    token = client.token()
    assert ask(orders, token).status_code == 200
    time.sleep(2.1)
    answer = ask(orders, token)
    assert (answer.status_code, answer.json()["detail"]) == (401, "ExpiredSignatureError")


def test_a_token_for_another_audience_is_refused(porteiro, orders):
    client = porteiro.client("elsewhere", "--audience", "https://elsewhere.example")
    answer = ask(orders, client.token())
    assert (answer.status_code, answer.json()["detail"]) == (401, "InvalidAudienceError")


def test_a_token_with_a_changed_claim_is_refused(porteiro, orders):
    client = porteiro.client("changed", "--audience", AUDIENCE)
    head, _, signature = client.token().split(".")
    head, claims, _ = client.token().split(".")
    _, _, signature_of_another = client.token().split(".")
    answer = ask(orders, f"{head}.{claims}.{signature_of_another}")
    assert (answer.status_code, answer.json()["detail"]) == (401, "InvalidSignatureError")
