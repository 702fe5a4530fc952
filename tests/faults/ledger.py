"""Every answer, written down outside of the server, and what must hold of them.

- lost: a token in a 200 answer whose record is not in the store (I1)
- double: a code or refresh token that was good for more than it may be (I2, I3)
- revived: a token said to be active after its revocation was answered
- sessions lost: a client kept to the protocol and has to log in again (I3)
"""

import base64
import hashlib
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

# A revocation acts on every server within this time.
REVOCATION_REACHES = 1.0


def jti_of(token: str) -> str:
    claims = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["jti"]


def mark(secret: str) -> str:
    """Names a secret without writing it down."""
    return hashlib.sha256(secret.encode()).hexdigest()[:24]


@dataclass
class Verdict:
    lost: list = field(default_factory=list)
    double: list = field(default_factory=list)
    revived: list = field(default_factory=list)
    sessions_lost: list = field(default_factory=list)
    unexpected: dict = field(default_factory=dict)

    def clean(self) -> bool:
        return not (self.lost or self.double or self.revived or self.sessions_lost or self.unexpected)

    def __str__(self) -> str:
        counts = f"lost {len(self.lost)}, double {len(self.double)}, revived {len(self.revived)}, "
        return counts + f"sessions lost {len(self.sessions_lost)}, unexpected {self.unexpected or 0}"


class Ledger:
    """Lines are in the file before the next request of the same actor leaves."""

    def __init__(self, path: Path):
        self.file = path.open("w", buffering=1)
        self.entries: list[dict] = []
        self.session_losses: list[dict] = []
        self.start = time.monotonic()

    def write(self, kind: str, asked: float, outcome: int | str, **facts) -> dict:
        now = time.monotonic()
        entry = {"kind": kind, "asked": asked - self.start, "answered": now - self.start,
                 "outcome": outcome, **facts}
        self.entries.append(entry)
        self.file.write(json.dumps(entry) + "\n")
        return entry

    def session_lost(self, entry: dict) -> None:
        self.session_losses.append(entry)

    def outcomes(self, since: float = 0, until: float = float("inf")) -> Counter:
        return Counter(e["outcome"] for e in self.entries if since <= e["asked"] < until)

    def first_success(self, since: float, kinds=("token", "refresh", "code")) -> float:
        """How long after an instant the first request succeeded that was sent after it."""
        asked = [e for e in self.entries if e["asked"] >= since and e["kind"] in kinds]
        succeeded = [e["answered"] - since for e in asked if e["outcome"] == 200]
        assert succeeded, (f"nothing succeeded in the {self.now() - since:.1f} s since {since:.1f} s: "
                           f"{dict(Counter(e['outcome'] for e in asked)) or 'nothing was asked'}")
        return min(succeeded)

    def slowest(self, since: float = 0, until: float = float("inf")) -> float:
        return max((e["answered"] - e["asked"] for e in self.entries if since <= e["asked"] < until), default=0)

    def latency(self, share: float, since: float = 0, until: float = float("inf"), kinds=None) -> float:
        taken = sorted(e["answered"] - e["asked"] for e in self.entries
                       if since <= e["asked"] < until and (kinds is None or e["kind"] in kinds))
        return taken[min(len(taken) - 1, int(len(taken) * share))] if taken else 0.0

    def now(self) -> float:
        return time.monotonic() - self.start

    def judge(self, stored: set[str], expected: set) -> Verdict:
        """`expected` are the outcomes that this fault may cause beside success."""
        verdict = Verdict(sessions_lost=self.session_losses)
        codes, successors, revoked = Counter(), {}, {}
        unexpected = Counter()
        for entry in sorted(self.entries, key=lambda e: e["answered"]):
            if entry["outcome"] not in {200, 302, 303} | expected and not entry.get("excused"):
                unexpected[f"{entry['kind']} {entry['outcome']}"] += 1
            if entry["kind"] == "revoke" and entry["outcome"] == 200:
                revoked.setdefault(entry["named"], entry["answered"])
            if entry["outcome"] != 200:
                continue
            if "jti" in entry and entry["jti"] not in stored:
                verdict.lost.append(entry)
            if "code" in entry:
                codes[entry["code"]] += 1
            if "successor" in entry and "spent" in entry:
                successors.setdefault(entry["spent"], set()).add(entry["successor"])
            if entry.get("active") and entry["asked"] > revoked.get(entry["named"], 1e18) + REVOCATION_REACHES:
                verdict.revived.append(entry)
        verdict.double = [code for code, uses in codes.items() if uses > 1]
        verdict.double += [spent for spent, branches in successors.items() if len(branches) > 1]
        verdict.unexpected = dict(unexpected)
        return verdict
