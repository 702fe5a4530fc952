# app.ini: who signs in for the first time gets an account
#   [oauth2_client]
#   ENABLE_AUTO_REGISTRATION = true
#   USERNAME = preferred_username
# once, as the user that runs Gitea; the name is part of the redirect URI
gitea admin auth add-oauth \
  --name porteiro \
  --provider openidConnect \
  --auto-discover-url '<<discovery>>' \
  --key '<<client_id>>' \
  --secret '<<client_secret>>' \
  --scopes profile --scopes email --scopes groups \
  --group-claim-name groups \
  --admin-group gitea-admin
