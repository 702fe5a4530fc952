"""The examples, as an API that checks tokens by itself. Those whose language
is installed here take part; Python always does."""

import os
import sys
import time
from pathlib import Path

import httpx
import pytest

from server import free_port, running

EXAMPLES = Path(__file__).parents[2] / "examples"
AUDIENCE = "https://orders.example"

COMMANDS = {
    "python": lambda port: [sys.executable, "-m", "uvicorn", "--port", port, "orders:app"],
    "python-lists": lambda port: [sys.executable, "-m", "uvicorn", "--port", port, "listed_orders:app"],
    "javascript": lambda port: ["node", "orders.mjs"],
    "go": lambda port: ["go", "run", "."],
}


@pytest.fixture(scope="module", params=COMMANDS)
def orders(porteiro, request):
    """Where the example answers."""
    language = request.param
    api = porteiro.client(f"feed-{language}", "--scope", "revocations.read")
    port = str(free_port())
    settings = os.environ | {
        "ISSUER": porteiro.issuer, "AUDIENCE": AUDIENCE, "PORT": port,
        "CLIENT_ID": api.client_id, "CLIENT_SECRET": api.client_secret,
    }
    address = f"http://127.0.0.1:{port}/orders"
    with running(COMMANDS[language](port), address, cwd=EXAMPLES / language.split("-")[0], env=settings):
        yield address


def ask(orders: str, token: str) -> int:
    return httpx.get(orders, headers={"Authorization": f"Bearer {token}"}).status_code


def until(status: int, orders: str, token: str) -> None:
    deadline = time.monotonic() + 10
    while (answer := ask(orders, token)) != status:
        assert time.monotonic() < deadline, f"still answers {answer}"
        time.sleep(0.01)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_revoked_token_is_refused_at_once(porteiro, orders, algorithm):
    name = f"{orders.split(':')[2].split('/')[0]}-{algorithm}"
    client = porteiro.client(name, "--audience", AUDIENCE, "--signing-alg", algorithm)
    kept, revoked = client.token(), client.token()
    until(200, orders, revoked)
    client.revoke(revoked)
    until(401, orders, revoked)
    assert ask(orders, kept) == 200
    porteiro.run("token", "revoke", "--client", client.client_id)
    until(401, orders, kept)


def test_what_is_no_token_for_this_api_is_refused(porteiro, orders):
    assert httpx.get(orders).status_code == 401
    assert ask(orders, "nonsense") == 401
    elsewhere = porteiro.client(f"else-{orders.split(':')[2].split('/')[0]}", "--audience", "https://other.example")
    assert ask(orders, elsewhere.token()) == 401
