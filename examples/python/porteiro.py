"""Checks Porteiro's access tokens in a FastAPI application, without asking the
server about each: signatures by its keys, revocations by its feed."""

import asyncio
import json
import time

import httpx
import jwt
from fastapi import HTTPException, Request

SILENCE = 3  # seconds; the feed's heart beats every second


class Porteiro:
    def __init__(self, issuer: str, audience: str, client_id: str, client_secret: str):
        self.issuer, self.audience = issuer, audience
        self.credentials = (client_id, client_secret)
        self.keys: dict[str, jwt.PyJWK] = {}
        self.ids: dict[tuple[str, str], int] = {}
        self.marks: dict[tuple[str, str], int] = {}
        self.position, self.heard = "0", float("-inf")

    async def follow(self) -> None:
        """Runs for as long as the application does."""
        async with httpx.AsyncClient(timeout=httpx.Timeout(5, read=SILENCE)) as http:
            while True:
                try:
                    await self._read(http)
                except (httpx.HTTPError, KeyError, ValueError):
                    pass
                await asyncio.sleep(0.5)

    async def _read(self, http: httpx.AsyncClient) -> None:
        await self._load_keys(http)
        form = {"grant_type": "client_credentials", "scope": "revocations.read"}
        answer = await http.post(f"{self.issuer}/oauth2/token", data=form, auth=self.credentials)
        token = answer.raise_for_status().json()["access_token"]
        headers = {"Authorization": f"Bearer {token}", "Last-Event-ID": self.position}
        synced, event = False, {}
        async with http.stream("GET", f"{self.issuer}/oauth2/revocations", headers=headers) as feed:
            feed.raise_for_status()
            async for line in feed.aiter_lines():
                if line:
                    name, _, value = line.partition(":")
                    event[name] = value.strip()
                    continue
                if event.get("event") == "keys":
                    await self._load_keys(http)
                elif event.get("event") == "synced":
                    synced = True
                elif "data" in event:
                    self._take(json.loads(event["data"]))
                self.position, event = event.get("id", self.position), {}
                if synced:
                    self.heard = time.monotonic()

    async def _load_keys(self, http: httpx.AsyncClient) -> None:
        answer = await http.get(f"{self.issuer}/.well-known/jwks.json")
        self.keys = {key["kid"]: jwt.PyJWK(key) for key in answer.raise_for_status().json()["keys"]}

    def _take(self, revocation: dict) -> None:
        name = (revocation["kind"], revocation["subject"])
        if revocation["kind"] in ("user", "client", "all"):
            self.marks[name] = max(self.marks.get(name, 0), revocation["issued_before"])
        else:
            self.ids[name] = revocation["expires_at"]
            if len(self.ids) % 1000 == 0:
                now = time.time() * 1000
                self.ids = {name: end for name, end in self.ids.items() if end >= now}

    def _revoked(self, claims: dict) -> bool:
        ids = [("token", claims["jti"]), ("grant", claims.get("grant_id")), ("session", claims.get("sid"))]
        if any(name in self.ids for name in ids):
            return True
        # UUIDv7: milliseconds. A token is as old as the authorization that it came of.
        given = [claims[name] for name in ("jti", "grant_id") if name in claims]
        given_at = min(int(uuid.replace("-", "")[:12], 16) for uuid in given)
        marks = [("user", claims["sub"]), ("client", claims["client_id"]), ("all", "")]
        return any(self.marks.get(name, -1) >= given_at for name in marks)

    async def __call__(self, request: Request) -> dict:
        """The dependency: the claims of a good token."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise HTTPException(401, "token_missing", {"WWW-Authenticate": "Bearer"})
        try:
            header = jwt.get_unverified_header(token)
            if header.get("typ") != "at+jwt" or header.get("kid") not in self.keys:
                raise jwt.InvalidTokenError("not an access token of this issuer")
            key = self.keys[header["kid"]]
            claims = jwt.decode(
                token, key, algorithms=[key.algorithm_name], audience=self.audience, issuer=self.issuer,
                options={"require": ["exp", "jti", "client_id", "sub"]},
            )
        except jwt.InvalidTokenError as fault:
            raise HTTPException(401, str(fault), {"WWW-Authenticate": 'Bearer error="invalid_token"'}) from fault
        if self._revoked(claims):
            raise HTTPException(401, "token_revoked", {"WWW-Authenticate": 'Bearer error="invalid_token"'})
        if time.monotonic() - self.heard > SILENCE:
            raise HTTPException(503, "the feed of revocations is silent", {"Retry-After": "1"})
        return claims
