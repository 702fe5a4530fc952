"""nginx `auth_request`: people at a site that knows nothing of OAuth."""

import pytest

from protected_scenario import ProtectedSignIn, neighbouring_site, site


@pytest.fixture(scope="module")
def program(provider, tmp_path_factory):
    with site(provider, "nginx", "127.0.0.4", tmp_path_factory) as protected:
        yield protected


@pytest.fixture(scope="module")
def neighbour(provider, tmp_path_factory):
    with neighbouring_site(provider, "nginx", "127.0.0.5", tmp_path_factory) as protected:
        yield protected


class TestNginx(ProtectedSignIn):
    pass
