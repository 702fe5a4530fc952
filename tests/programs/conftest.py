"""One Porteiro, one Chromium and, for each test, a new person with a new browser profile."""

import itertools
import shutil

import pytest
from playwright.sync_api import expect, sync_playwright

from apache import Apache
from person import Person
from provider import Provider

# As root, Chromium runs without its sandbox only; the rest keeps it from calling home.
FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run
    --disable-background-networking --disable-component-update --disable-sync""".split()

# Long enough for a program that starts slowly on a busy machine.
PATIENCE = 15_000  # milliseconds
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def provider(tmp_path_factory):
    server = Provider(tmp_path_factory.mktemp("porteiro"))
    with server.serving():
        yield server


@pytest.fixture(scope="session")
def chromium():
    program = shutil.which("chromium")
    assert program, "chromium is not installed"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def numbers():
    return itertools.count(1)


@pytest.fixture
def person(provider, numbers, chromium):
    """Somebody who was never here: nothing is remembered of earlier tests."""
    context = chromium.new_context(locale="en-US")
    context.set_default_timeout(PATIENCE)
    yield Person(provider, provider.account(f"maria{next(numbers)}"), context.new_page())
    context.close()


@pytest.fixture(scope="session")
def other_program(provider, tmp_path_factory):
    """A program beside the tested one."""
    with Apache(provider, tmp_path_factory, "other", host="127.0.0.3").serving() as apache:
        yield apache
