"""A person at a browser without a screen: fills in forms, and follows redirects
until they leave the server."""

from html.parser import HTMLParser
from urllib.parse import urlsplit

import httpx


class Form(HTMLParser):
    """The last form of a page, which holds the decision: its address, what it sends unasked, its buttons."""

    def __init__(self, page: str):
        super().__init__()
        self.fields: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        has = dict(attributes)
        if tag == "form":
            self.action, self.fields = has["action"], {}
        elif tag == "input" and has.get("type") == "hidden":
            self.fields[has["name"]] = has["value"]
        elif tag == "input" and has.get("type") == "checkbox" and "checked" in has:
            self.fields[has["name"]] = "on"


class Person:
    def __init__(self, issuer: str, username: str, password: str):
        self.browser = httpx.Client(base_url=issuer)
        self.own = urlsplit(issuer).netloc
        self.username = username
        self.password = password

    def log_in(self, address: str) -> str:
        """Follows an application's link, proves who they are and allows everything; where that ends."""
        answer = self._follow(self.browser.get(address))
        while answer.status_code == 200:
            form = Form(answer.text)
            if form.action.endswith("/login"):
                said = {"username": self.username, "password": self.password, "decision": "login"}
            else:
                said = {"decision": "allow"}
            answer = self._follow(self.browser.post(form.action, data=form.fields | said))
        assert answer.is_redirect, f"{answer.status_code} {answer.text}"
        return answer.headers["Location"]

    def _follow(self, answer: httpx.Response) -> httpx.Response:
        while answer.is_redirect and answer.next_request.url.netloc.decode() == self.own:
            answer = self.browser.send(answer.next_request)
        return answer
