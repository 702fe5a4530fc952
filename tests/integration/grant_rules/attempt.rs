//! One use of one grant, brought to the point where tokens would be next.

use std::sync::Arc;

use axum::http::StatusCode;
use porteiro::oauth::GrantType;
use porteiro::store::User;
use serde_json::Value;

use crate::support::{Answer, CALLBACK, Credentials, ISSUER, PASSWORD, TestServer, claims_of, link};

const SESSION: &str = "__Host-porteiro_session";

pub struct Attempt {
    pub grant: GrantType,
    pub client: Credentials,
    pub person: Arc<User>,
    /// What the request will say.
    parameters: Vec<(&'static str, String)>,
    /// The cookie of the browser that comes along to the authorization endpoint.
    session: String,
}

impl Attempt {
    /// With a client and a person of its own, so that one does not disturb the
    /// next.
    pub async fn begin(server: &TestServer, grant: GrantType) -> Self {
        let client = server.dashboard(&format!("app-{grant}"), |client| client.grant_types.push(grant)).await;
        let username = format!("alice-{grant}");
        let person = server.person(&username, |_| {}).await;
        let browser = server.browser();
        browser.sign_in(&username).await;
        let session = browser.cookie(SESSION).unwrap();
        let parameters = match grant {
            GrantType::AuthorizationCode => {
                let code = browser.code(&client, &[("scope", "openid email")]).await;
                vec![("code", code), ("redirect_uri", CALLBACK.into())]
            }
            GrantType::RefreshToken => {
                let tokens = browser.tokens(&client, &[("scope", "openid email")]).await;
                vec![("refresh_token", tokens["refresh_token"].as_str().unwrap().into())]
            }
            GrantType::Password => vec![("username", username), ("password", PASSWORD.into())],
            GrantType::ClientCredentials => Vec::new(),
            GrantType::Implicit => vec![
                ("response_type", "token".into()),
                ("client_id", client.client_id.clone()),
                ("redirect_uri", CALLBACK.into()),
            ],
        };
        Self { grant, client, person, parameters, session }
    }

    /// The request will say this too.
    pub fn also_asks(&mut self, name: &'static str, value: &str) {
        self.parameters.push((name, value.to_owned()));
    }

    /// Somebody tries passwords until the account is locked.
    pub async fn is_guessed_at(&self, server: &TestServer) {
        let name = format!("guesser-{}", self.grant);
        let guesser = server.machine(&name, |client| client.grant_types = vec![GrantType::Password]).await;
        for _ in 0..server.app.config.limits.login_failures {
            let form = [("username", self.person.username.as_str()), ("password", "wrong")];
            server.exchange(&guesser, "password", &form).await.is_error(400, "invalid_grant");
        }
    }

    /// Asks for the tokens. What comes of it in a few words.
    pub async fn verdict(&self, server: &TestServer) -> String {
        let issuer = server.app.config.issuer.as_str();
        let base = issuer.strip_prefix(ISSUER).unwrap();
        let parameters: Vec<_> =
            self.parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
        if self.grant == GrantType::Implicit {
            let path = format!("{base}{}", link(&parameters));
            let cookie = format!("{SESSION}={}", self.session);
            return at_the_authorization_endpoint(
                &server.get(&path).header("cookie", &cookie).send().await,
                issuer,
            );
        }
        let name = self.grant.to_string();
        let form = [&[("grant_type", name.as_str())], parameters.as_slice()].concat();
        let answer = server.post(&format!("{base}/oauth2/token")).basic(&self.client).form(&form).await;
        let body = answer.json();
        if answer.status == StatusCode::OK {
            return tokens_of(&body["access_token"], issuer);
        }
        let (status, error) = (answer.status.as_u16(), body["error"].as_str().unwrap());
        answer.is_error(status, error);
        format!("{status} {error}")
    }
}

fn at_the_authorization_endpoint(answer: &Answer, issuer: &str) -> String {
    let location = answer.header("location");
    let Some((_, told)) = location.split_once(CALLBACK) else {
        let page =
            answer.text().split_once("id=\"error-code\">").map(|(_, rest)| rest.split('<').next().unwrap());
        return match page {
            Some(code) => format!("page {code}"),
            None => format!("page of {}", location.split('?').next().unwrap()),
        };
    };
    let told: Value = form_urlencoded::parse(&told.as_bytes()[1..])
        .map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())))
        .collect::<serde_json::Map<_, _>>()
        .into();
    assert_eq!(told["iss"], issuer);
    match told["error"].as_str() {
        Some(error) => format!("sent back {error}"),
        None => tokens_of(&told["access_token"], issuer),
    }
}

fn tokens_of(access_token: &Value, issuer: &str) -> String {
    assert_eq!(claims_of(access_token)["iss"], issuer);
    "tokens".into()
}
