"""Checks Porteiro's access tokens in a FastAPI application by Token Status Lists
(draft-ietf-oauth-status-list): no client of its own, no open connection. What
was taken back is refused when the copy of its list is older than its `ttl`."""

import asyncio
import base64
import time
import zlib
from dataclasses import dataclass

import httpx
import jwt
from fastapi import HTTPException, Request


@dataclass
class Copy:
    """A list as it was fetched."""

    etag: str
    bits: bytes
    ttl: int
    expires: float
    fetched: float

    def fresh(self) -> bool:
        now = time.time()
        return now < self.fetched + self.ttl and now < self.expires


class StatusLists:
    def __init__(self, issuer: str, audience: str):
        self.issuer, self.audience = issuer, audience
        self.keys = jwt.PyJWKClient(f"{issuer}/.well-known/jwks.json")
        self.copies: dict[str, Copy] = {}
        self.http = httpx.AsyncClient(timeout=5)

    async def _signed(self, text: str, typ: str, **checks) -> dict:
        key = await asyncio.to_thread(self.keys.get_signing_key_from_jwt, text)
        if jwt.get_unverified_header(text).get("typ") != typ:
            raise jwt.InvalidTokenError(f"not {typ}")
        return jwt.decode(text, key, algorithms=[key.algorithm_name], issuer=self.issuer, **checks)

    async def _revoked(self, uri: str, index: int) -> bool:
        if not uri.startswith(f"{self.issuer}/"):
            raise jwt.InvalidTokenError("a list of somebody else")
        copy = self.copies.get(uri)
        if copy is None or not copy.fresh():
            copy = self.copies[uri] = await self._fetch(uri, copy)
        return bool(copy.bits[index // 8] >> index % 8 & 1)

    async def _fetch(self, uri: str, old: Copy | None) -> Copy:
        headers = {"Accept": "application/statuslist+jwt", "If-None-Match": old.etag if old else ""}
        answer = await self.http.get(uri, headers=headers)
        if old and answer.status_code == 304 and time.time() < old.expires:
            old.fetched = time.time()
            return old
        answer.raise_for_status()
        claims = await self._signed(answer.text, "statuslist+jwt", options={"require": ["sub", "exp"]})
        if claims["sub"] != uri or claims["status_list"]["bits"] != 1:
            raise jwt.InvalidTokenError("another list")
        lst = claims["status_list"]["lst"]
        bits = zlib.decompress(base64.urlsafe_b64decode(lst + "=" * (-len(lst) % 4)))
        return Copy(answer.headers["etag"], bits, claims["ttl"], claims["exp"], time.time())

    async def __call__(self, request: Request) -> dict:
        """The dependency: the claims of a good token."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise HTTPException(401, "token_missing", {"WWW-Authenticate": "Bearer"})
        try:
            claims = await self._signed(token, "at+jwt", audience=self.audience, options={"require": ["exp", "jti"]})
            place = claims["status"]["status_list"]
            revoked = await self._revoked(place["uri"], place["idx"])
        except (jwt.PyJWKClientConnectionError, httpx.HTTPError) as away:
            raise HTTPException(503, "the issuer is out of reach", {"Retry-After": "1"}) from away
        except (jwt.PyJWTError, KeyError) as fault:
            raise HTTPException(401, str(fault), {"WWW-Authenticate": 'Bearer error="invalid_token"'}) from fault
        if revoked:
            raise HTTPException(401, "token_revoked", {"WWW-Authenticate": 'Bearer error="invalid_token"'})
        return claims
