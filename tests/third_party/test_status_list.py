"""The status list, read by a decoder that shares no code with its writer."""

import time

import httpx
import jwt
import pytest

from status_list import StatusList

# Appendix C.1 of the draft.
VECTOR = (
    "eNrt3AENwCAMAEGogklACtKQPg9LugC9k_ACvreiogEAAKkeCQAAAAAAAAAAAAAAAAAAAIBylgQAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAXG9IAAAAAAAAAPwsJAAAAAAAAAAAAAAA"
    "vhsSAAAAAAAAAAAA7KpLAAAAAAAAAAAAAAAAAAAAAJsLCQAAAAAAAAAAADjelAAAAAAAAAAAKjDMAQAA"
    "AACAZC8L2AEb"
)
SET_IN_VECTOR = [0, 1993, 25460, 159495, 495669, 554353, 645645, 723232, 854545, 934534, 1000345]


def test_the_examples_of_section_4_are_read():
    one = StatusList(1, "eNrbuRgAAhcBXQ")
    assert [one[i] for i in range(len(one))] == [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]
    two = StatusList(2, "eNo76fITAAPfAgc")
    assert [two[i] for i in range(len(two))] == [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]


def test_the_vector_of_appendix_c_is_read():
    vector = StatusList(1, VECTOR)
    assert len(vector) == 2**20
    assert [index for index in range(len(vector)) if vector[index]] == SET_IN_VECTOR
    with pytest.raises(IndexError):
        vector[2**20]


def fetch(porteiro, token: str) -> tuple[StatusList, int]:
    """Section 8.3: from the token to its list and its place there."""
    claim = jwt.decode(token, options={"verify_signature": False})["status"]["status_list"]
    answer = httpx.get(claim["uri"], headers={"Accept": "application/statuslist+jwt"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/statuslist+jwt"
    assert jwt.get_unverified_header(answer.text)["typ"] == "statuslist+jwt"
    keys = jwt.PyJWKClient(f"{porteiro.issuer}/.well-known/jwks.json")
    key = keys.get_signing_key_from_jwt(answer.text)
    body = jwt.decode(answer.text, key, algorithms=["RS256"], options={"require": ["sub", "iat", "exp"]})
    assert body["sub"] == claim["uri"]
    assert body["ttl"] > 0
    return StatusList(**body["status_list"]), claim["idx"]


def test_a_revoked_token_is_found_revoked(porteiro):
    client = porteiro.client("listed")
    kept, revoked = client.token(), client.token()
    for token in (kept, revoked):
        statuses, index = fetch(porteiro, token)
        assert statuses[index] == 0
    client.revoke(revoked)
    deadline = time.monotonic() + 10
    while True:
        statuses, index = fetch(porteiro, revoked)
        if statuses[index] == 1:
            break
        assert time.monotonic() < deadline, "the list does not change"
    statuses, index = fetch(porteiro, kept)
    assert statuses[index] == 0
