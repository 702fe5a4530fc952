"""A person at a browser."""

import re
from dataclasses import dataclass, field

from playwright.sync_api import Page, expect

from provider import PASSWORD, Account, Provider


@dataclass
class Person:
    provider: Provider
    account: Account
    page: Page
    visited: list[str] = field(default_factory=list)

    def __post_init__(self):
        self.page.on("request", lambda request: self.visited.append(request.url))

    def at(self, path: str) -> None:
        """Waits until the provider shows this page."""
        self.page.wait_for_url(re.compile(re.escape(self.provider.issuer + path) + r"([?#].*)?$"))

    def choose_account(self) -> None:
        """Goes on as the person who is signed in, if the provider asks."""
        self.page.wait_for_url(re.compile(f"{self.provider.issuer}/(login|select-account)"))
        if "/select-account" in self.page.url:
            self.page.click("#account-continue")

    def log_in(self, password: str = PASSWORD) -> None:
        self.at("/login")
        self.page.fill("#username", self.account.username)
        self.page.fill("#password", password)
        self.page.click("#login-submit")

    def allow(self) -> None:
        self.at("/consent")
        self.page.click("#consent-allow")

    def deny(self) -> None:
        self.at("/consent")
        self.page.click("#consent-deny")

    def sign_out(self, snippet: str) -> None:
        """Goes where the preset says, and confirms when asked."""
        self.page.goto(re.search(r"Sign out at (\S+)", snippet)[1])
        self.confirm_logout()

    def confirm_logout(self) -> None:
        if self.page.locator("#logout-confirm").is_visible():
            self.page.click("#logout-confirm")

    def forget_everything(self) -> None:
        self.page.evaluate("localStorage.clear()")
        self.page.context.clear_cookies()

    def sees(self, text: str) -> None:
        expect(self.page.locator("body")).to_contain_text(text)

    def was_answered(self, parameter: str) -> bool:
        """Whether the provider sent the browser back with this."""
        return any(parameter in url for url in self.visited)
