//! What comes next for a request: a pure function.

use std::time::Duration;

use uuid::Uuid;

use crate::authorize::AuthorizationRequest;
use crate::clock::Timestamp;
use crate::error::{Code, Error};
use crate::oauth::Scope;

/// Who is signed in, as far as the decision needs it.
#[derive(Clone, Copy, Debug)]
pub struct Login<'a> {
    /// The session.
    pub session_id: Uuid,
    /// The person.
    pub sub: &'a str,
    /// When they proved it.
    pub auth_time: Timestamp,
}

/// What the person allowed this client before.
#[derive(Clone, Debug)]
pub struct Remembered {
    /// What they allowed.
    pub granted: Scope,
    /// What they were asked for and unticked.
    pub declined: Scope,
}

/// The next thing to happen.
#[derive(Debug)]
pub enum Step {
    /// The person proves who they are.
    Login,
    /// The person says as whom.
    SelectAccount,
    /// The person agrees.
    Consent,
    /// The client gets its answer, with these scopes.
    Respond(Scope),
    /// The client gets an error.
    Fail(Error),
}

/// Decides. `skip_consent` is the client's; `login` and `remembered` are of
/// this moment.
pub fn next_step(
    request: &AuthorizationRequest,
    login: Option<Login<'_>>,
    remembered: Option<&Remembered>,
    skip_consent: bool,
    now: Timestamp,
) -> Step {
    let silent = request.prompt.none;
    let Some(login) = login else {
        return if silent { fail(Code::LoginRequired, "nobody is logged in") } else { Step::Login };
    };
    let progress = request.progress.of(login.session_id);
    let just_logged_in = progress.logged_in;
    if request.expected_sub.as_deref().is_some_and(|sub| sub != login.sub) {
        // The person chose another account than the client expects.
        let give_up = silent || just_logged_in;
        return if give_up { fail(Code::LoginRequired, "another person is logged in") } else { Step::Login };
    }
    // At 0 even this moment's login is too old, as for prompt=login.
    let too_old = |max| now.since(login.auth_time) >= Duration::from_secs(max);
    let too_old = request.max_age.is_some_and(too_old);
    if (request.prompt.login || too_old) && !just_logged_in {
        return if silent { fail(Code::LoginRequired, "the login is too old") } else { Step::Login };
    }
    if request.prompt.select_account && !progress.account_chosen && !just_logged_in {
        return Step::SelectAccount;
    }
    match progress.consented.or_else(|| agreed(request, remembered, skip_consent)) {
        Some(scope) => Step::Respond(scope),
        None if silent => fail(Code::ConsentRequired, "the person has not agreed to this yet"),
        None => Step::Consent,
    }
}

/// The scopes that were agreed to before; `None` when somebody must ask.
fn agreed(
    request: &AuthorizationRequest,
    remembered: Option<&Remembered>,
    skip_consent: bool,
) -> Option<Scope> {
    if request.prompt.consent {
        return None;
    }
    if skip_consent {
        return Some(request.scope.clone());
    }
    let Remembered { granted, declined } = remembered?;
    let asked_before = |token: &str| granted.contains(token) || declined.contains(token);
    let allowed = request.scope.intersection(granted);
    // Whoever declined everything may have changed their mind.
    let enough = !allowed.is_empty() || request.scope.is_empty();
    (enough && request.scope.iter().all(asked_before)).then_some(allowed)
}

fn fail(code: Code, description: &'static str) -> Step {
    Step::Fail(Error::new(code, description))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authorize::request::Progress;
    use crate::authorize::response::Target;
    use crate::oauth::prompt::Prompt;
    use crate::oauth::response_mode::ResponseMode;
    use crate::oauth::response_type::ResponseType;

    const SESSION: Uuid = Uuid::from_u128(7);
    const NOW: Timestamp = Timestamp(1_000_000);

    fn request(prompt: &str) -> AuthorizationRequest {
        AuthorizationRequest {
            client_id: "dashboard".into(),
            target: Target {
                redirect_uri: "https://rp.test/cb".into(),
                response_mode: ResponseMode::Query,
                state: None,
                iss_in_errors: true,
            },
            redirect_uri_sent: true,
            response_type: ResponseType::Code,
            scope: Scope::parse("openid email").unwrap(),
            claim_scope: Scope::default(),
            audience: Vec::new(),
            nonce: None,
            code_challenge: None,
            prompt: Prompt::parse(Some(prompt)).unwrap(),
            max_age: None,
            login_hint: None,
            ui_locales: None,
            claims: Default::default(),
            expected_sub: None,
            progress: Progress::default(),
        }
    }

    fn login(age_seconds: i64) -> Option<Login<'static>> {
        Some(Login { session_id: SESSION, sub: "alice", auth_time: Timestamp(NOW.0 - age_seconds * 1000) })
    }

    fn remembered(granted: &str, declined: &str) -> Option<Remembered> {
        let scope = |text| Scope::parse(text).unwrap();
        Some(Remembered { granted: scope(granted), declined: scope(declined) })
    }

    fn logged_in() -> Progress {
        Progress { session_id: Some(SESSION), logged_in: true, ..Progress::default() }
    }

    fn name(step: &Step) -> String {
        match step {
            Step::Login => "login".into(),
            Step::SelectAccount => "select".into(),
            Step::Consent => "consent".into(),
            Step::Respond(scope) => format!("respond {scope}"),
            Step::Fail(error) => error.code.as_str().into(),
        }
    }

    /// OpenID Connect Core §3.1.2.3: who is asked what, and when.
    #[test]
    fn the_next_step_follows_from_request_login_and_consent() {
        let all = || remembered("openid email", "");
        let none = || None;
        let rows = [
            ("", None, all(), false, "login"),
            ("none", None, all(), false, "login_required"),
            ("", login(5), none(), false, "consent"),
            ("none", login(5), none(), false, "consent_required"),
            ("", login(5), all(), false, "respond openid email"),
            ("none", login(5), all(), false, "respond openid email"),
            ("", login(5), none(), true, "respond openid email"),
            ("consent", login(5), all(), true, "consent"),
            ("login", login(5), all(), false, "login"),
            ("select_account", login(5), all(), false, "select"),
            ("select_account", None, all(), false, "login"),
            ("", login(5), remembered("openid", ""), false, "consent"),
            ("", login(5), remembered("openid", "email"), false, "respond openid"),
            ("", login(5), remembered("", "openid email"), false, "consent"),
        ];
        for (prompt, login, remembered, skip, expected) in rows {
            let step = next_step(&request(prompt), login, remembered.as_ref(), skip, NOW);
            assert_eq!(name(&step), expected, "prompt={prompt} login={login:?}");
        }
    }

    /// OpenID Connect Core §3.1.2.1: to the millisecond, and 0 is `prompt=login`.
    #[test]
    fn a_login_older_than_max_age_is_done_again() {
        let all = remembered("openid email", "");
        for (age, max_age, expected) in [(0, 0, "login"), (9, 10, "respond openid email"), (10, 10, "login")]
        {
            let request = AuthorizationRequest { max_age: Some(max_age), ..request("") };
            assert_eq!(name(&next_step(&request, login(age), all.as_ref(), false, NOW)), expected, "{age}");
        }
    }

    #[test]
    fn a_login_in_this_flow_answers_prompt_login_and_max_age() {
        for (prompt, max_age) in [("login", None), ("", Some(10)), ("select_account", Some(0))] {
            let mut request = request(prompt);
            request.max_age = max_age;
            let all = remembered("openid email", "");
            let step = |request: &_| name(&next_step(request, login(60), all.as_ref(), false, NOW));
            assert_ne!(step(&request), "respond openid email");
            request.progress = logged_in();
            assert_eq!(step(&request), "respond openid email");
        }
    }

    /// SECURITY-CASES 49: the person is never switched by a hint.
    #[test]
    fn a_hint_for_another_person_asks_for_a_login_and_then_gives_up() {
        let mut request = request("");
        request.expected_sub = Some("bob".into());
        let all = remembered("openid email", "");
        let step = |request: &_| name(&next_step(request, login(5), all.as_ref(), false, NOW));
        assert_eq!(step(&request), "login");
        request.progress = logged_in();
        assert_eq!(step(&request), "login_required");
    }

    /// What one person did in a flow does not speak for the next one.
    #[test]
    fn progress_counts_in_its_own_session_only() {
        let done = Progress { account_chosen: true, consented: Some(Scope::default()), ..logged_in() };
        for prompt in ["", "login", "select_account"] {
            let mut request = request(prompt);
            let before = name(&next_step(&request, login(5), None, false, NOW));
            request.progress = Progress { session_id: Some(Uuid::from_u128(8)), ..done.clone() };
            assert_eq!(name(&next_step(&request, login(5), None, false, NOW)), before);
            request.progress = Progress { session_id: Some(SESSION), ..done.clone() };
            assert_eq!(name(&next_step(&request, login(5), None, false, NOW)), "respond ");
        }
    }

    #[test]
    fn a_request_without_scopes_is_consented_to_once() {
        let mut request = request("");
        request.scope = Scope::default();
        assert_eq!(name(&next_step(&request, login(5), None, false, NOW)), "consent");
        let once = remembered("", "");
        assert_eq!(name(&next_step(&request, login(5), once.as_ref(), false, NOW)), "respond ");
    }
}
