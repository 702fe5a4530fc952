"""HTTP/1.1 with nothing in between: what was sent, and what came back or did not."""

import asyncio
import base64
import json
from dataclasses import dataclass, field
from urllib.parse import urlencode

PATIENCE = 30


class Unanswered(Exception):
    """No answer came: `refused` before anything was sent, else `broken` or `late`."""


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)

    def json(self) -> dict:
        try:
            return json.loads(self.body)
        except ValueError:
            return {}


class Connection:
    """One connection, kept open as long as the server keeps it."""

    def __init__(self, port: int, patience: float = PATIENCE):
        self.port = port
        self.patience = patience
        self.stream = None

    async def ask(self, method: str, path: str, *, form: dict | None = None, **headers: str) -> Answer:
        request = self.head(method, path, form, headers)
        try:
            return await asyncio.wait_for(self._exchange(request), self.patience)
        except TimeoutError:
            self.close()
            raise Unanswered("late") from None
        except (OSError, EOFError, ValueError) as cause:
            self.close()
            raise Unanswered("broken") from cause

    def head(self, method: str, path: str, form: dict | None, headers: dict) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        body = b""
        if form is not None:
            body = urlencode(form).encode()
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + body

    async def _exchange(self, request: bytes) -> Answer:
        # A server may close an idle connection whenever it likes, so one that
        # it has closed is not used again.
        if self.stream is None or self.stream[0].at_eof():
            self.close()
            try:
                self.stream = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError as cause:
                raise Unanswered("refused") from cause
        reader, writer = self.stream
        writer.write(request)
        await writer.drain()
        answer = await self._read(reader)
        if answer.header("connection") == "close":
            self.close()
        return answer

    async def _read(self, reader: asyncio.StreamReader) -> Answer:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in head[1:] if line)
        headers = [(name.strip().lower(), value.strip()) for name, _, value in pairs]
        answer = Answer(int(head[0].split()[1]), headers)
        if answer.header("transfer-encoding") == "chunked":
            while size := int((await reader.readline()).strip() or b"0", 16):
                answer.body += await reader.readexactly(size)
                await reader.readline()
            await reader.readline()
        else:
            answer.body = await reader.readexactly(int(answer.header("content-length") or 0))
        return answer

    def close(self) -> None:
        if self.stream:
            self.stream[1].close()
            self.stream = None


def basic(user: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()
