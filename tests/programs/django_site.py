"""A site on Django with mozilla-django-oidc. Arguments: address, issuer, client id, database file.

The client's secret is in the environment.
"""

import os
import sys
from urllib.parse import urlencode, urlsplit

import django
from django.conf import settings
from django.http import HttpResponse

ADDRESS, ISSUER, CLIENT_ID, DATABASE = sys.argv[1:]
SECRET = os.environ["CLIENT_SECRET"]

settings.configure(
    SECRET_KEY=SECRET,
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=[f"django.contrib.{app}" for app in ["auth", "contenttypes", "sessions"]] + ["mozilla_django_oidc"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "mozilla_django_oidc.middleware.SessionRefresh",
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATABASE}},
    AUTHENTICATION_BACKENDS=[f"{__name__}.Backend"],
    LOGIN_REDIRECT_URL="/",
    LOGIN_REDIRECT_URL_FAILURE="/refused",
    LOGOUT_REDIRECT_URL="/",
    OIDC_RP_CLIENT_ID=CLIENT_ID,
    OIDC_RP_CLIENT_SECRET=SECRET,
    OIDC_RP_SCOPES="openid profile email groups",
    OIDC_RP_SIGN_ALGO="RS256",
    OIDC_OP_AUTHORIZATION_ENDPOINT=f"{ISSUER}/authorize",
    OIDC_OP_TOKEN_ENDPOINT=f"{ISSUER}/oauth2/token",
    OIDC_OP_USER_ENDPOINT=f"{ISSUER}/userinfo",
    OIDC_OP_JWKS_ENDPOINT=f"{ISSUER}/.well-known/jwks.json",
    # After that a page asks again, by prompt=none.
    OIDC_RENEW_ID_TOKEN_EXPIRY_SECONDS=2,
    OIDC_STORE_ID_TOKEN=True,
    OIDC_OP_LOGOUT_URL_METHOD=f"{__name__}.at_the_provider",
    ALLOW_LOGOUT_GET_METHOD=True,
)
django.setup()

from django.core.management import call_command  # noqa: E402
from django.urls import include, path  # noqa: E402
from mozilla_django_oidc.auth import OIDCAuthenticationBackend  # noqa: E402


class Backend(OIDCAuthenticationBackend):
    def create_user(self, claims):
        return self.update_user(super().create_user(claims), claims)

    def update_user(self, user, claims):
        user.first_name, user.last_name = claims["name"], " and ".join(claims["groups"])
        user.save()
        return user


def at_the_provider(request):
    query = {"id_token_hint": request.session["oidc_id_token"], "post_logout_redirect_uri": f"{ADDRESS}/"}
    return f"{ISSUER}/logout?{urlencode(query)}"


def home(request):
    user = request.user
    known = f"{user.first_name}, {user.last_name}" if user.is_authenticated else "Nobody is signed in"
    return HttpResponse(known, content_type="text/plain")


urlpatterns = [
    path("oidc/", include("mozilla_django_oidc.urls")),
    path("refused", lambda request: HttpResponse("refused: " + request.GET.get("error", ""))),
    path("", home),
]

if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    call_command("runserver", urlsplit(ADDRESS).netloc, use_reloader=False)
