"""Apache httpd with mod_auth_openidc: a site that shows what it was told."""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path

import httpx

from person import Person
from server import free_port, running

CONFIGURATION = """
ServerName {host}
ServerRoot {folder}
DefaultRuntimeDir {folder}
PidFile {folder}/pid
ErrorLog {folder}/error.log
Listen {host}:{port}
DocumentRoot {folder}/site
{modules}
{identity}
<Directory {folder}/site>
    Options +Includes
    SetOutputFilter INCLUDES
    Require all granted
</Directory>
{snippet}
<Location /staff>
    AuthType openid-connect
    Require claim groups:staff
</Location>
<Location /board>
    AuthType openid-connect
    Require claim groups:board
</Location>
<Location /alive>
    AuthType none
    Require all granted
</Location>
"""

PAGE = """<!doctype html><title>The site</title>
<p id=user><!--#echo var="REMOTE_USER" --></p>
<p id=name><!--#echo var="OIDC_CLAIM_name" --></p>
<p id=email><!--#echo var="OIDC_CLAIM_email" --></p>
<p id=groups><!--#echo var="OIDC_CLAIM_groups" --></p>
<p id=sub><!--#echo var="OIDC_CLAIM_sub" --></p>
"""

MODULES = "mpm_event authn_core authz_core authz_user include auth_openidc".split()
LIBRARY = Path("/usr/lib/apache2/modules")


class Apache:
    def __init__(self, provider, tmp_path_factory, name: str, host: str = "127.0.0.2"):
        self.folder = tmp_path_factory.mktemp(name)
        self.address = f"http://{host}:{free_port()}"
        self.snippet = provider.preset(name, "mod-auth-openidc", self.address)
        self.host, self.port = self.address.removeprefix("http://").split(":")

    @contextmanager
    def serving(self):
        program = shutil.which("apache2", path="/usr/sbin:/usr/bin")
        assert program, "apache2 is not installed"
        assert (LIBRARY / "mod_auth_openidc.so").exists(), "libapache2-mod-auth-openidc is not installed"
        # Not under pytest's folder alone: the worker processes must be able to enter.
        for parent in (self.folder, *self.folder.parents[:2]):
            parent.chmod(0o755)
        for page in ("", "staff", "board", "alive"):
            folder = self.folder / "site" / page
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "index.html").write_text(PAGE)
        modules = [f"LoadModule {name}_module {LIBRARY}/mod_{name}.so" for name in MODULES + ["dir"]]
        root = os.getuid() == 0
        configuration = self.folder / "httpd.conf"
        configuration.write_text(CONFIGURATION.format(
            host=self.host, port=self.port, folder=self.folder, modules="\n".join(modules),
            identity="User www-data\nGroup www-data" if root else "", snippet=self.snippet,
        ))
        command = [program, "-DFOREGROUND", "-f", str(configuration)]
        with running(command, f"{self.address}/alive/"):
            yield self

    def enter(self, person: Person) -> None:
        person.page.goto(f"{self.address}/")

    def is_refused(self, person: Person) -> None:
        person.sees("access_denied")

    def knows(self, person: Person) -> None:
        person.page.wait_for_url(f"{self.address}/**")
        shown = {
            place: person.page.locator(f"#{place}").inner_text()
            for place in ("user", "name", "email", "groups", "sub")
        }
        account = person.account
        assert shown == {
            "user": account.username, "name": account.name, "email": account.email,
            "groups": ",".join(account.groups), "sub": account.sub,
        }

    def leave(self, person: Person) -> None:
        person.sign_out(self.snippet)

    def is_left(self, person: Person) -> None:
        answer = httpx.get(f"{self.address}/")
        assert answer.status_code == 302
