//! What comes next for a request: a pure function.

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
#[derive(Clone, Debug, Default)]
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
    remembered: &Remembered,
    skip_consent: bool,
    now: Timestamp,
) -> Step {
    let silent = request.prompt.none;
    let Some(login) = login else {
        return if silent { fail(Code::LoginRequired, "nobody is logged in") } else { Step::Login };
    };
    let just_logged_in = request.progress.logged_in == Some(login.session_id);
    if request.expected_sub.as_deref().is_some_and(|sub| sub != login.sub) {
        // The person chose another account than the client expects.
        let give_up = silent || just_logged_in;
        return if give_up { fail(Code::LoginRequired, "another person is logged in") } else { Step::Login };
    }
    let too_old = request.max_age.is_some_and(|max| now.since(login.auth_time).as_secs() > max);
    if (request.prompt.login || too_old) && !just_logged_in {
        return if silent { fail(Code::LoginRequired, "the login is too old") } else { Step::Login };
    }
    if request.prompt.select_account && !request.progress.account_chosen && !just_logged_in {
        return Step::SelectAccount;
    }
    match agreed(request, remembered, skip_consent) {
        Some(scope) => Step::Respond(scope),
        None if silent => fail(Code::ConsentRequired, "the person has not agreed to this yet"),
        None => Step::Consent,
    }
}

/// The scopes that are agreed to, now or before; `None` when somebody must ask.
fn agreed(request: &AuthorizationRequest, remembered: &Remembered, skip_consent: bool) -> Option<Scope> {
    if let Some(consented) = &request.progress.consented {
        return Some(consented.clone());
    }
    if skip_consent && !request.prompt.consent {
        return Some(request.scope.clone());
    }
    let asked_before =
        |token: &str| remembered.granted.contains(token) || remembered.declined.contains(token);
    let known = request.scope.iter().all(asked_before) && !remembered.granted.is_empty();
    (known && !request.prompt.consent).then(|| request.scope.intersection(&remembered.granted))
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
            },
            redirect_uri_sent: true,
            response_type: ResponseType::Code,
            scope: Scope::parse("openid email").unwrap(),
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

    fn remembered(granted: &str, declined: &str) -> Remembered {
        Remembered { granted: Scope::parse(granted).unwrap(), declined: Scope::parse(declined).unwrap() }
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
        let none = Remembered::default;
        let rows: Vec<(&str, Option<Login<'_>>, Remembered, bool, &str)> = vec![
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
        ];
        for (prompt, login, remembered, skip, expected) in rows {
            let step = next_step(&request(prompt), login, &remembered, skip, NOW);
            assert_eq!(name(&step), expected, "prompt={prompt} login={login:?}");
        }
    }

    #[test]
    fn a_login_in_this_flow_answers_prompt_login_and_max_age() {
        for (prompt, max_age) in [("login", None), ("", Some(10)), ("select_account", Some(0))] {
            let mut request = request(prompt);
            request.max_age = max_age;
            let all = remembered("openid email", "");
            assert_ne!(name(&next_step(&request, login(60), &all, false, NOW)), "respond openid email");
            request.progress.logged_in = Some(SESSION);
            assert_eq!(name(&next_step(&request, login(60), &all, false, NOW)), "respond openid email");
        }
    }

    /// SECURITY-CASES 49: the person is never switched by a hint.
    #[test]
    fn a_hint_for_another_person_asks_for_a_login_and_then_gives_up() {
        let mut request = request("");
        request.expected_sub = Some("bob".into());
        let all = remembered("openid email", "");
        assert_eq!(name(&next_step(&request, login(5), &all, false, NOW)), "login");
        request.progress.logged_in = Some(SESSION);
        assert_eq!(name(&next_step(&request, login(5), &all, false, NOW)), "login_required");
    }
}
