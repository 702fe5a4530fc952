# config_local.py
AUTHENTICATION_SOURCES = ["oauth2", "internal"]
OAUTH2_AUTO_CREATE_USER = True
OAUTH2_CONFIG = [
    {
        "OAUTH2_NAME": "porteiro",
        "OAUTH2_DISPLAY_NAME": "Porteiro",
        "OAUTH2_CLIENT_ID": "<<client_id>>",
        "OAUTH2_CLIENT_SECRET": "<<client_secret>>",
        "OAUTH2_SERVER_METADATA_URL": "<<discovery>>",
        "OAUTH2_AUTHORIZATION_URL": "<<authorization_endpoint>>",
        "OAUTH2_TOKEN_URL": "<<token_endpoint>>",
        "OAUTH2_API_BASE_URL": "<<base>>/",
        "OAUTH2_USERINFO_ENDPOINT": "userinfo",
        "OAUTH2_LOGOUT_URL": "<<end_session_endpoint>>?post_logout_redirect_uri={redirect_uri}&id_token_hint={id_token}",
        "OAUTH2_SCOPE": "openid profile email",
        "OAUTH2_USERNAME_CLAIM": "preferred_username",
        "OAUTH2_CHALLENGE_METHOD": "S256",
        "OAUTH2_RESPONSE_TYPE": "code",
        "OAUTH2_ICON": "fa-key",
        "OAUTH2_BUTTON_COLOR": "#3253a8",
    }
]
