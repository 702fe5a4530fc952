"""A site that trusts its proxy, and the proxies, with nothing but what their presets print."""

import http.server
import os
import shutil
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from person import Person
from server import free_port, running

# Where the presets expect the application; the tests have it on a free port.
EXPECTED = "127.0.0.1:8000"

NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen {host}:{port};
        {snippet}
    }}
}}
"""

CADDY = """
{{
    admin off
    auto_https off
}}
{snippet}
"""


class Shown(http.server.BaseHTTPRequestHandler):
    """Shows what was asked for and what the proxy says about who asks."""

    def do_GET(self):
        about = ("User", "Preferred-Username", "Email", "Groups")
        # As CGI and WSGI name headers: they tell no underscore from a hyphen.
        headers = [(name.lower().replace("_", "-"), value) for name, value in self.headers.items()]
        told = [
            (name.lower(), [value for own, value in headers if own == f"x-auth-request-{name.lower()}"])
            for name in about
        ]
        lines = [f'<p id="{name}">{";".join(values)}</p>' for name, values in told]
        address = self.path.replace("&", "&amp;").replace("<", "&lt;")
        page = f'<!doctype html><title>The site</title><p id="address">{address}</p>{"".join(lines)}'
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(page.encode())

    do_POST = do_GET

    def log_message(self, *_):
        pass


@dataclass
class ProtectedSite:
    """A site behind one of the proxies."""

    provider: object
    kind: str
    host: str
    folder: object
    flags: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)

    @property
    def address(self) -> str:
        return f"http://{self.host}:{self.port}"

    @contextmanager
    def serving(self):
        self.made = self.provider.run(
            "client", "create", self.folder.name, "--preset", self.kind, "--url", self.address, *self.flags
        )
        self.snippet = self.made["snippet"]
        application = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shown)
        threading.Thread(target=application.serve_forever, daemon=True).start()
        snippet = self.snippet.replace(EXPECTED, f"127.0.0.1:{application.server_port}")
        assert snippet != self.snippet
        values = {"folder": self.folder, "host": self.host, "port": self.port, "snippet": snippet}
        # Caddy writes into the home of whoever starts it.
        environment = os.environ | {name: str(self.folder) for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME")}
        with running(self.command(values), self.address, env=environment):
            self.wait_until_known()
            yield self
        application.shutdown()

    def wait_until_known(self) -> None:
        """The running server acts on a new client within a second."""
        deadline = time.monotonic() + 1
        while "location" not in httpx.get(self.address, headers={"Accept": "text/html"}).headers:
            assert time.monotonic() < deadline, "no way to the login a second after the client was created"
            time.sleep(0.05)

    def command(self, values: dict) -> list[str]:
        program = shutil.which(self.kind, path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
        assert program, f"{self.kind} is not installed"
        configuration = self.folder / "configuration"
        if self.kind == "nginx":
            configuration.write_text(NGINX.format(**values))
            return [program, "-p", str(self.folder), "-c", str(configuration)]
        configuration.write_text(CADDY.format(**values))
        return [program, "run", "--config", str(configuration), "--adapter", "caddyfile"]

    def enter(self, person: Person, target: str = "/") -> None:
        person.page.goto(self.address + target)

    def is_refused(self, person: Person) -> None:
        person.page.wait_for_url(f"{self.address}/_porteiro/callback*")
        assert person.page.locator("#error-code").inner_text() == "sign_in_denied"
        # The page has its style, though it is shown at another host than ours.
        assert person.page.evaluate("getComputedStyle(document.querySelector('main')).borderRadius") != "0px"
        person.page.click("#error-again")
        person.at("/consent")

    def knows(self, person: Person) -> None:
        person.page.wait_for_url(lambda url: url.startswith(self.address) and "/_porteiro/" not in url)
        account = person.account
        assert self.shown(person) == {
            "user": account.sub, "preferred-username": account.username,
            "email": account.email, "groups": ",".join(account.groups),
        }

    def shown(self, person: Person) -> dict[str, str]:
        about = ("user", "preferred-username", "email", "groups")
        return {name: person.page.locator(f"#{name}").inner_text() for name in about}

    def leave(self, person: Person) -> None:
        person.sign_out(self.snippet)

    def is_left(self, person: Person) -> None:
        person.at("/login")
        assert self.answers(person, "/") == 401

    def answers(self, person: Person, path: str, **headers: str) -> int:
        """What a program gets that comes with the browser's cookies."""
        cookies = {cookie["name"]: cookie["value"] for cookie in person.page.context.cookies(self.address)}
        headers["Accept"] = "application/json"
        return httpx.get(self.address + path, cookies=cookies, headers=headers).status_code
