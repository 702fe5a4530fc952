# superset_config.py
from flask_appbuilder.security.manager import AUTH_OAUTH
from superset.security import SupersetSecurityManager

AUTH_TYPE = AUTH_OAUTH
AUTH_USER_REGISTRATION = True
AUTH_USER_REGISTRATION_ROLE = "Gamma"
# Members of these groups get these roles.
AUTH_ROLES_MAPPING = {"superset-admin": ["Admin"], "superset-alpha": ["Alpha"]}
AUTH_ROLES_SYNC_AT_LOGIN = True
LOGOUT_REDIRECT_URL = (
    "<<end_session_endpoint>>?client_id=<<client_id_encoded>>&post_logout_redirect_uri=<<url_encoded>>%2Flogin%2F"
)
OAUTH_PROVIDERS = [
    {
        "name": "porteiro",
        "icon": "fa-key",
        "token_key": "access_token",
        "remote_app": {
            "client_id": "<<client_id>>",
            "client_secret": "<<client_secret>>",
            "server_metadata_url": "<<discovery>>",
            "api_base_url": "<<base>>/",
            "client_kwargs": {"scope": "openid profile email groups", "code_challenge_method": "S256"},
        },
    }
]


class PorteiroSecurityManager(SupersetSecurityManager):
    def oauth_user_info(self, provider, response=None):
        me = self.appbuilder.sm.oauth_remotes[provider].get("userinfo").json()
        return {
            "username": me["preferred_username"],
            "email": me.get("email", me["preferred_username"]),
            "first_name": me.get("given_name", ""),
            "last_name": me.get("family_name", ""),
            "role_keys": me.get("groups", []),
        }


CUSTOM_SECURITY_MANAGER = PorteiroSecurityManager
