"""One running Porteiro for all the tests."""

import pytest

from server import Porteiro


@pytest.fixture(scope="session")
def porteiro(tmp_path_factory):
    server = Porteiro(tmp_path_factory.mktemp("porteiro"))
    with server.serving():
        yield server
