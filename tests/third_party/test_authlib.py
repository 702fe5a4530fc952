"""Authlib logs a person in: code with PKCE, ID token, refresh, revocation."""

import secrets
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from person import Person

PASSWORD = "correct horse battery staple"
CALLBACK = "https://notes.example/callback"
SCOPE = "openid profile email offline_access"


@pytest.fixture(scope="module")
def ana(porteiro):
    (porteiro.folder / "password").write_text(PASSWORD)
    made = porteiro.run(
        "user", "create", "ana", "--name", "Ana Souza", "--email", "ana@example.org",
        "--password-file", str(porteiro.folder / "password"),
    )
    return Person(porteiro.issuer, "ana", PASSWORD), made["sub"]


@pytest.fixture(scope="module")
def metadata(porteiro):
    return httpx.get(f"{porteiro.issuer}/.well-known/openid-configuration").json()


@pytest.fixture(params=["client_secret_basic", "client_secret_post", "none"])
def client(porteiro, request):
    method = request.param
    kind = ["--public"] if method == "none" else ["--auth-method", method]
    scopes = [part for scope in SCOPE.split() for part in ("--scope", scope)]
    made = porteiro.run(
        "client", "create", f"authlib-{secrets.token_hex(4)}", "--redirect-uri", CALLBACK, *scopes, *kind,
        "--grant", "authorization_code", "--grant", "refresh_token",
    )
    with OAuth2Client(
        made["client_id"], made.get("client_secret"),
        token_endpoint_auth_method=method, revocation_endpoint_auth_method=method,
        scope=SCOPE, redirect_uri=CALLBACK, code_challenge_method="S256",
    ) as client:
        yield client


def log_in(client, person, metadata) -> tuple[dict, str, str]:
    """The tokens, the nonce, and where the browser was sent."""
    verifier, nonce = generate_token(48), generate_token()
    address, state = client.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce
    )
    arrived = person.log_in(address)
    answered = parse_qs(urlsplit(arrived).query)
    assert answered["iss"] == [metadata["issuer"]]
    tokens = client.fetch_token(
        metadata["token_endpoint"], authorization_response=arrived, state=state, code_verifier=verifier
    )
    return tokens, nonce, arrived


def test_a_person_logs_in(client, ana, metadata):
    person, sub = ana
    tokens, nonce, _ = log_in(client, person, metadata)
    keys = KeySet.import_key_set(httpx.get(metadata["jwks_uri"]).json())
    token = jwt.decode(tokens["id_token"], keys)
    JWTClaimsRegistry(
        iss={"essential": True, "value": metadata["issuer"]},
        aud={"essential": True, "value": client.client_id},
        nonce={"essential": True, "value": nonce},
        exp={"essential": True},
    ).validate(token.claims)
    assert token.claims["sub"] == sub
    assert token.claims["name"] == "Ana Souza"
    about = client.get(metadata["userinfo_endpoint"])
    assert (about.status_code, about.json()["email"]) == (200, "ana@example.org")


def test_the_tokens_are_renewed_and_taken_back(client, ana, metadata):
    tokens, _, _ = log_in(client, ana[0], metadata)
    renewed = client.refresh_token(metadata["token_endpoint"], tokens["refresh_token"])
    assert renewed["access_token"] != tokens["access_token"]
    assert client.get(metadata["userinfo_endpoint"]).status_code == 200
    answer = client.revoke_token(metadata["revocation_endpoint"], renewed["refresh_token"])
    assert answer.status_code == 200
    assert client.get(metadata["userinfo_endpoint"]).status_code == 401
    with pytest.raises(OAuthError, match="invalid_grant"):
        client.refresh_token(metadata["token_endpoint"], renewed["refresh_token"])


def test_a_code_without_its_verifier_is_worth_nothing(client, ana, metadata):
    verifier = generate_token(48)
    address, state = client.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=verifier
    )
    arrived = ana[0].log_in(address)
    with pytest.raises(OAuthError, match="invalid_grant"):
        client.fetch_token(
            metadata["token_endpoint"], authorization_response=arrived, state=state,
            code_verifier=generate_token(48),
        )
