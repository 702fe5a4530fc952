# jupyterhub_config.py; needs: pip install oauthenticator
c.JupyterHub.authenticator_class = "generic-oauth"
c.GenericOAuthenticator.login_service = "Porteiro"
c.GenericOAuthenticator.client_id = "<<client_id>>"
c.GenericOAuthenticator.client_secret = "<<client_secret>>"
c.GenericOAuthenticator.oauth_callback_url = "<<redirect_uri>>"
c.GenericOAuthenticator.authorize_url = "<<authorization_endpoint>>"
c.GenericOAuthenticator.token_url = "<<token_endpoint>>"
c.GenericOAuthenticator.userdata_url = "<<userinfo_endpoint>>"
c.GenericOAuthenticator.scope = ["openid", "profile", "email", "groups"]
c.GenericOAuthenticator.username_claim = "preferred_username"
c.GenericOAuthenticator.manage_groups = True
c.GenericOAuthenticator.auth_state_groups_key = "oauth_user.groups"
c.GenericOAuthenticator.admin_groups = {"jupyterhub-admin"}
c.GenericOAuthenticator.allow_all = True
c.GenericOAuthenticator.logout_redirect_url = (
    "<<end_session_endpoint>>?client_id=<<client_id_encoded>>&post_logout_redirect_uri=<<url_encoded>>%2Fhub%2Flogin"
)
