"""Porteiro with people and with clients that are made by a preset alone."""

import base64
import json
import time
import uuid
from dataclasses import dataclass

from server import Porteiro

PASSWORD = "correct horse battery staple"
ROTATION_LIMIT = 10


@dataclass
class Account:
    username: str
    name: str
    email: str
    groups: list[str]
    sub: str


class Provider(Porteiro):
    def __init__(self, folder):
        super().__init__(folder)
        # The tests prove many passwords; how costly a guess is, is tested elsewhere.
        self.settings |= {
            "PORTEIRO_PASSWORDS__ARGON2_MEMORY_KIB": "64",
            "PORTEIRO_PASSWORDS__ARGON2_ITERATIONS": "1",
            # The programs run on this machine, and are told of logouts there.
            "PORTEIRO_OUTBOUND__ALLOWED_NETWORKS": "127.0.0.0/8",
        }
        (folder / "password").write_text(PASSWORD)

    def account(self, username: str) -> Account:
        person = {"name": f"Maria {username} Souza", "email": f"{username}@example.com"}
        groups = ["staff", "data-team"]
        made = self.run(
            "user", "create", username, "--name", person["name"], "--email", person["email"],
            "--email-verified", *(f"--group={group}" for group in groups),
            "--password-file", str(self.folder / "password"),
        )
        return Account(username=username, groups=groups, sub=made["sub"], **person)

    def preset(self, client_id: str, preset: str, url: str) -> str:
        """Registers a program; the configuration that it must be given."""
        return self.registered(client_id, preset, url)["snippet"]

    def registered(self, client_id: str, preset: str, url: str) -> dict:
        return self.run("client", "create", client_id, "--preset", preset, "--url", url)

    def rotate_keys(self) -> None:
        """Replaces the signing keys, and waits until a new one signs."""
        probe = self.client(f"probe-{uuid.uuid4()}")
        old = signed_by(probe.token())
        self.run("key", "rotate", "--now")
        deadline = time.monotonic() + ROTATION_LIMIT
        while signed_by(probe.token()) == old:
            assert time.monotonic() < deadline, "the old key still signs"
            time.sleep(0.1)


def signed_by(token: str) -> str:
    header = token.split(".")[0]
    return json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"]
