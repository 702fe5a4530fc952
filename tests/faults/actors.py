"""The load: programs and people that keep to the protocol and write down what they are told.

60 % client credentials, 15 % codes, 15 % refreshes, 10 % introspection and revocation.
"""

import asyncio
import base64
import hashlib
import random
import time
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlencode, urlsplit

from connection import Answer, Connection, Unanswered, basic
from ledger import Ledger, jti_of, mark

REDIRECT_URI = "https://app.test/callback"
RETRY_PAUSE = 0.05
OUTAGE = (503, "refused", "broken", "late")


class LastForm(HTMLParser):
    def __init__(self, page: str):
        super().__init__()
        self.action, self.fields = "", {}
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        has = dict(attributes)
        if tag == "form":
            self.action, self.fields = has["action"], {}
        elif tag == "input" and has.get("type") == "hidden":
            self.fields[has["name"]] = has["value"]


class Actor:
    """One client on one connection."""

    def __init__(self, crew: "Crew", number: int):
        self.crew, self.ledger = crew, crew.ledger
        self.random = random.Random(f"{crew.seed} {number}")
        self.connection = crew.connection()
        self.cookies: dict[str, str] = {}
        self.refresh_token: str | None = None
        self.tokens: list[str] = []

    async def tell(self, kind: str, method: str, path: str, form: dict | None = None, **facts) -> tuple:
        """Asks once, and writes down the answer."""
        asked = time.monotonic()
        headers = {"Authorization": self.crew.machine if kind in ("token", "introspect", "revoke", "probe") else self.crew.app}
        if path.startswith(("/authorize", "/login")):
            headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        try:
            answer = await self.connection.ask(method, path, form=form, **headers)
        except Unanswered as nothing:
            return self.ledger.write(kind, asked, str(nothing), **facts), Answer(0)
        for name, value in answer.headers:
            if name == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        body = answer.json()
        if answer.status == 200 and "access_token" in body:
            facts["jti"] = jti_of(body["access_token"])
            if "refresh_token" in body:
                facts["successor"] = mark(body["refresh_token"])
        if answer.status == 200 and kind == "introspect":
            facts["active"] = body["active"]
        if answer.status >= 400 and "error" in body:
            facts["error"] = body["error"]
        return self.ledger.write(kind, asked, answer.status, **facts), answer

    async def until_answered(self, kind: str, form: dict, **facts) -> tuple:
        """Repeats a request that was not answered: its answer may have got lost."""
        again = False
        while True:
            entry, answer = await self.tell(kind, "POST", "/oauth2/token", form, again=again, **facts)
            if entry["outcome"] not in OUTAGE or self.crew.over:
                return entry, answer, again
            again = True
            await asyncio.sleep(RETRY_PAUSE)

    async def client_credentials(self) -> None:
        entry, answer = await self.tell("token", "POST", "/oauth2/token", {"grant_type": "client_credentials"})
        if entry["outcome"] == 200:
            self.tokens = self.tokens[-20:] + [answer.json()["access_token"]]

    async def log_in(self) -> None:
        _, answer = await self.tell("login", "GET", self.authorization()[0])
        while not (answer.header("location") or "").startswith(REDIRECT_URI):
            if answer.status == 200:
                form = LastForm(answer.body.decode())
                fields = form.fields | {"username": "ana", "password": "correct horse", "decision": "login"}
                _, answer = await self.tell("login", "POST", own_path(form.action), fields)
            else:
                assert answer.status in (302, 303), f"{answer.status} {answer.body[:300]}"
                _, answer = await self.tell("login", "GET", own_path(answer.header("location")))

    def authorization(self) -> tuple[str, str]:
        verifier = "".join(self.random.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=48))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        query = urlencode({"response_type": "code", "client_id": "app", "redirect_uri": REDIRECT_URI,
                           "scope": "openid offline_access", "state": "s", "code_challenge": challenge,
                           "code_challenge_method": "S256"})
        return f"/authorize?{query}", verifier

    async def fresh_code(self) -> dict | None:
        """What redeems a new code; nothing while the store is away."""
        path, verifier = self.authorization()
        entry, answer = await self.tell("authorize", "GET", path)
        said = parse_qs(urlsplit(answer.header("location") or "").query)
        if "code" not in said:
            if "error" in said:
                entry["outcome"] = 503 if said["error"] == ["temporarily_unavailable"] else said["error"][0]
            return None
        return {"grant_type": "authorization_code", "code": said["code"][0], "redirect_uri": REDIRECT_URI,
                "code_verifier": verifier}

    async def code(self) -> None:
        form = await self.fresh_code()
        if form is None:
            return
        entry, answer, again = await self.until_answered("code", form, code=mark(form["code"]))
        if entry["outcome"] == 200:
            self.refresh_token = answer.json()["refresh_token"]
        elif again:
            # The first answer got lost with what it brought: the person clicks once more.
            entry["excused"] = True

    async def refresh(self) -> None:
        if self.refresh_token is None:
            return await self.code()
        form = {"grant_type": "refresh_token", "refresh_token": self.refresh_token}
        entry, answer, _ = await self.until_answered("refresh", form, spent=mark(self.refresh_token))
        if entry["outcome"] == 200:
            self.refresh_token = answer.json()["refresh_token"]
        elif entry["outcome"] not in OUTAGE:
            self.refresh_token = None
            self.ledger.session_lost(entry)
            entry["excused"] = True

    async def introspect_or_revoke(self) -> None:
        if not self.tokens:
            return await self.client_credentials()
        token = self.random.choice(self.tokens)
        kind = "revoke" if self.random.random() < 0.3 else "introspect"
        await self.tell(kind, "POST", f"/oauth2/{kind}", {"token": token}, named=jti_of(token))

    async def work(self) -> None:
        works = [self.client_credentials, self.code, self.refresh, self.introspect_or_revoke]
        while not self.crew.over:
            begun = time.monotonic()
            await self.random.choices(works, (60, 15, 15, 10))[0]()
            await asyncio.sleep(max(0.0, self.crew.pace - (time.monotonic() - begun)))
        self.connection.close()


class Crew:
    """Actors at work until they are told that it is over."""

    def __init__(self, port: int, clients: dict, ledger: Ledger, seed: int, actors: int = 16, pace: float = 0.04,
                 patience: float = 30):
        self.port, self.ledger, self.seed, self.pace, self.patience = port, ledger, seed, pace, patience
        self.machine = basic("machine", clients["machine"])
        self.app = basic("app", clients["app"])
        self.actors = [Actor(self, number) for number in range(actors)]
        self.over = False

    def connection(self) -> Connection:
        return Connection(self.port, self.patience)

    async def __aenter__(self) -> "Crew":
        for actor in self.actors:
            await actor.log_in()
        self.tasks = [asyncio.create_task(actor.work()) for actor in self.actors]
        return self

    async def __aexit__(self, *_) -> None:
        self.over = True
        await asyncio.gather(*self.tasks)


def own_path(address: str) -> str:
    parts = urlsplit(address)
    return parts.path + ("?" + parts.query if parts.query else "")
