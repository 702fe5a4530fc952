"""Caddy `forward_auth`: people at a site that knows nothing of OAuth."""

import pytest

from protected_scenario import ProtectedSignIn, neighbouring_site, site


@pytest.fixture(scope="module")
def program(provider, tmp_path_factory):
    with site(provider, "caddy", "127.0.0.6", tmp_path_factory) as protected:
        yield protected


@pytest.fixture(scope="module")
def neighbour(provider, tmp_path_factory):
    with neighbouring_site(provider, "caddy", "127.0.0.7", tmp_path_factory) as protected:
        yield protected


class TestCaddy(ProtectedSignIn):
    pass
