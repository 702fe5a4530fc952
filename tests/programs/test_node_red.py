"""Node-RED's editor from npm, with passport-openidconnect."""

import os
import shutil
from pathlib import Path

import pytest

from person import Person
from scenario import SignIn
from server import free_port, running

MODULES = Path(os.environ.get("NODE_MODULES", "target/programs/node/node_modules")).resolve()

SETTINGS = """
module.exports = {
    uiHost: "127.0.0.2",
    uiPort: %d,
    telemetry: { enabled: false },
    externalModules: { palette: { allowInstall: false } },
    %s
};
// The preset has an editorTheme.
module.exports.editorTheme.tours = false;
"""


class NodeRed:
    def __init__(self, address: str):
        self.address = address

    def enter(self, person: Person) -> None:
        person.page.goto(self.address)
        person.page.locator("#node-dialog-login-submit, .red-ui-button, a.red-ui-button").first.wait_for()
        person.page.get_by_text("Sign in with Porteiro").click()

    def is_refused(self, person: Person) -> None:
        person.page.wait_for_url(f"{self.address}/**")
        assert person.was_answered("error=access_denied")
        assert person.was_answered("session_message=AuthenticationError")

    def knows(self, person: Person) -> None:
        # The editor has no place for groups.
        person.page.locator("#red-ui-header-button-user").click()
        person.sees(person.account.username)

    def leave(self, person: Person) -> None:
        person.page.locator("#usermenu-item-logout").click()
        person.at("/logout")
        person.confirm_logout()
        person.page.wait_for_url(f"{self.address}/**")

    def is_left(self, person: Person) -> None:
        person.page.get_by_text("Sign in with Porteiro").wait_for()


@pytest.fixture(scope="module")
def program(provider, tmp_path_factory):
    node = shutil.which("node")
    assert node, "node is not installed"
    folder = tmp_path_factory.mktemp("node-red")
    address = f"http://127.0.0.2:{(port := free_port())}"
    (folder / "node_modules").symlink_to(MODULES)
    (folder / "settings.js").write_text(SETTINGS % (port, provider.preset("node-red", "node-red", address)))
    command = [node, str(MODULES / "node-red" / "red.js"), "--userDir", str(folder)]
    with running(command, address, cwd=folder):
        yield NodeRed(address)


class TestNodeRed(SignIn):
    pass
