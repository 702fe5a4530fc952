language = Language
yes = yes
no = no
signed-in-as = Signed in as

login-title = Sign in
login-client = to continue to { $client }
login-username = User name or e-mail
login-password = Password
login-submit = Sign in
login-cancel = Cancel
login-incomplete = Enter your user name and your password.
login-wrong = The user name or the password is not right. Check both and try again.
login-too-many = There were too many attempts. Wait a moment, then try again.
login-unavailable = Signing in is not possible right now. Try again in a moment.

consent-title = Allow { $client } to use your account?
consent-host = After you choose, you return to
consent-unverified = This application registered itself. Nobody here has checked who runs it, so allow it only if you trust the address above.
consent-switch = Use another account
consent-scopes = It will be able to:
consent-optional = optional
consent-allow = Allow
consent-deny = Deny

scope-openid = Recognise you when you come back
scope-profile = See your profile
scope-email = See your e-mail address
scope-phone = See your phone number
scope-address = See your postal address
scope-groups = See the groups you belong to
scope-roles = See your roles
scope-offline-access = Keep this access when you are not signed in
scope-admin-read = See everything that administrators of this server see
scope-admin-write = Administer this server: its people, applications and keys
scope-other = Use “{ $scope }” on your behalf

claim-sub = Account ID
claim-name = Name
claim-given-name = First name
claim-family-name = Last name
claim-middle-name = Middle name
claim-nickname = Nickname
claim-preferred-username = User name
claim-profile = Profile page
claim-picture = Picture
claim-website = Website
claim-gender = Gender
claim-birthdate = Date of birth
claim-zoneinfo = Time zone
claim-locale = Language
claim-updated-at = Last updated
claim-email = E-mail
claim-email-verified = E-mail confirmed
claim-phone-number = Phone
claim-phone-number-verified = Phone confirmed
claim-address = Address
claim-groups = Groups
claim-roles = Roles

select-title = Choose an account
select-continue = Continue as { $username }
select-other = Use another account

form-post-title = Almost there
form-post-text = Press the button if the application does not open by itself.
form-post-submit = Continue

logout-title = Sign out?
logout-client = { $client } asks to sign you out.
logout-text = Applications that you opened with this account may ask you to sign in again.
logout-confirm = Sign out
logout-cancel = Stay signed in
logged-out-title = Signed out
logged-out-text = You are signed out in this browser.
logged-out-back = Back to { $client }
logged-out-again = Sign in again

account-title = Your account
account-logout = Sign out
account-sessions = { $count ->
    [one] Signed in on one device
   *[other] Signed in on { $count } devices
}
account-unknown-device = Unknown device
account-this-device = This device
account-end-session = Sign out
account-apps = Applications you allowed
account-no-apps = No application uses your account.
account-remove-app = Remove

ago-now = just now
ago-minutes = { $count ->
    [one] { $count } minute ago
   *[other] { $count } minutes ago
}
ago-hours = { $count ->
    [one] { $count } hour ago
   *[other] { $count } hours ago
}
ago-days = { $count ->
    [one] { $count } day ago
   *[other] { $count } days ago
}

admin-title = Administration
admin-overview = Overview
admin-people = People
admin-applications = Applications
admin-sessions = Sessions
admin-why = Why refused?
admin-audit = Audit trail
admin-count-people = { $count ->
    [one] { $count } person
   *[other] { $count } people
}
admin-count-applications = { $count ->
    [one] { $count } application
   *[other] { $count } applications
}
admin-latest = What happened last
admin-nothing = There is nothing here.
admin-next = Next page
admin-find = User name or e-mail
admin-find-submit = Find
admin-nobody = Nobody has this name or address.
admin-is-admin = administrator
admin-is-disabled = disabled
admin-refused = refused
admin-no-sessions = Not signed in anywhere.
admin-end-session = End
admin-sessions-text = The sessions that were used last.
admin-acts = What you can do
admin-revoke = Take back tokens
admin-revoke-person-about = Every token of this person stops working within a second. Sessions go on.
admin-revoke-application-about = Every token of this application stops working within a second.
admin-disable = Disable
admin-disable-person-about = Nobody can sign in with this account; its sessions end and its tokens stop working.
admin-disable-application-about = Nobody can sign in to this application, and its tokens stop working.
admin-enable = Enable
admin-enable-person-about = The person can sign in again.
admin-enable-application-about = People can sign in to the application again.
admin-password = Set a password
admin-password-about = The sessions of this person end and their tokens stop working.
admin-password-new = New password
admin-password-submit = Set password
admin-client-id = Client ID
admin-grants = Grants
admin-method = Authentication
admin-redirect-uris = Return addresses
admin-scope = Scope
admin-rotate = Replace the secret
admin-rotate-about = The old secret ends at once; the new one is shown only once.
admin-refusals = Refused lately
admin-secret = New secret
admin-secret-text = It is shown only this once. Copy it now.
admin-secret-kept = I have copied it
admin-why-title = Why was this refused?
admin-why-text = Paste an access token, the ID of one (jti), or the request ID of a request that was refused.
admin-why-field = Token or ID
admin-why-submit = Find out
admin-why-unknown = Nothing is known under this ID: it was not refused, or it is too long ago.
admin-why-found = What was found
admin-why-verdict = Verdict
admin-why-passed = passed
admin-why-failed = failed
admin-audit-user = Person
admin-audit-act = Act
admin-audit-any = All
admin-done-disabled = Disabled. Within a second it holds everywhere.
admin-done-enabled = Enabled.
admin-done-revoked = The tokens were taken back.
admin-done-password-set = The password was set.
admin-done-session-ended = The session was ended.

error-code = Code
error-request = Request
error-again = Try again
error-unknown-client = This application is not known here
error-unknown-client-text = The link that brought you here names an application that is not registered. Go back and try again; if it happens again, tell the people who run the application.
error-client-disabled = This application is switched off
error-client-disabled-text = An administrator has switched it off, so nobody can sign in to it now. Ask them if you need it.
error-redirect-uri-missing = The application did not say where to return
error-redirect-uri-missing-text = Its request has no return address. The people who run the application must add the redirect_uri parameter.
error-redirect-uri-mismatch = The return address is not registered
error-redirect-uri-mismatch-text = The application asked to send you to an address that is not on its list, so we stopped here to protect your account. Tell the people who run the application.
error-invalid-request = The request cannot be understood
error-invalid-request-text = Something is missing from it or is there twice. Go back to the application and start again.
error-foreign-form = We could not tell that this came from you
error-foreign-form-text = The form was not sent from our page in this browser. Go back to the application and start again; cookies must be allowed for this site.
error-forbidden = You may not open this page
error-forbidden-text = Your account does not have the right to do this. Ask an administrator if it should.
error-not-found = There is nothing at this address
error-not-found-text = Check the address, or go back to the application you came from.
error-logout-request-invalid = The sign-out request is not valid
error-logout-request-invalid-text = The application asked for it in a way that we cannot follow, so nothing has changed. You can sign out on your account page.
error-to-account = Go to your account
error-sign-in-denied = You were not let in
error-sign-in-denied-text = The sign-in was refused, by you or by the server. You can try again.
error-sign-in-lost = This sign-in is not valid any more
error-sign-in-lost-text = It took too long, was used before, or began in another browser. Open the page that you wanted once more; cookies must be allowed for this site.
error-too-large = The request is too large
error-too-large-text = Go back and send less.
error-too-many-requests = Too many attempts
error-too-many-requests-text = Wait a moment, then try again.
error-temporarily-unavailable = We will be back in a moment
error-temporarily-unavailable-text = The service cannot be reached right now. Nothing is lost: wait a little and load the page again.
error-server-error = Something went wrong on our side
error-server-error-text = The failure was written down. Try again; if it happens again, tell your administrator the code and the request below.

lesson-title = For the administrator
lesson-requested = Requested
lesson-registered = Registered
lesson-none-registered = The application has no registered address. It asked for:
lesson-command = If the requested address really belongs to the application, this command registers it:
