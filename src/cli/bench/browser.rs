//! A person's browser, as far as a login needs one: cookies, redirects, and
//! forms with hidden fields.

use std::collections::BTreeMap;

use hyper::header::SET_COOKIE;

use super::connection::{Answer, Call, Connection};
use super::plan::{Plan, form};
use crate::random::Random;
use crate::secret::{Secret, base64url, sha256};

/// Redirects and forms before a login counts as failed.
const MOST_STEPS: usize = 12;

/// An authorization code with what goes with it (RFC 7636).
#[derive(Debug)]
pub struct Code {
    pub code: String,
    pub verifier: Secret,
}

/// Keeps cookies.
#[derive(Debug, Default)]
pub struct Browser {
    cookies: BTreeMap<String, String>,
}

impl Browser {
    /// Logs in, so that the next request for a code is answered at once.
    ///
    /// # Errors
    /// Where it did not go on.
    pub async fn sign_in(&mut self, plan: &Plan, connection: &mut Connection) -> Result<(), String> {
        let (path, _) = authorization_request(plan)?;
        let mut answer = self.visit(connection, &path, None).await?;
        for _ in 0..MOST_STEPS {
            answer = match answer.location() {
                Some(location) if location.starts_with(&plan.redirect_uri) => return Ok(()),
                Some(location) => {
                    let path = own_path(location);
                    self.visit(connection, &path, None).await?
                }
                None => {
                    let (action, fields) = filled_form(&answer, plan)
                        .ok_or_else(|| format!("no form to log in with: {}", answer.class()))?;
                    self.visit(connection, &own_path(&action), Some(fields)).await?
                }
            };
        }
        Err("the login does not end; the person must not be asked for consent".into())
    }

    /// Asks for a code; answered by one redirect when signed in.
    ///
    /// # Errors
    /// A class of errors when there is no code in the answer.
    pub async fn code(&mut self, plan: &Plan, connection: &mut Connection) -> Result<Code, String> {
        let (path, verifier) = authorization_request(plan)?;
        let answer = self.visit(connection, &path, None).await?;
        let location = answer.location().filter(|location| location.starts_with(&plan.redirect_uri));
        let query = location.and_then(|location| location.split_once('?')).map(|(_, query)| query);
        let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        let code = pairs.find(|(name, _)| name == "code").map(|(_, code)| code.into_owned());
        let code = code.ok_or_else(|| format!("{} instead of a code", answer.class()))?;
        Ok(Code { code, verifier })
    }

    async fn visit(
        &mut self,
        connection: &mut Connection,
        path: &str,
        form: Option<String>,
    ) -> Result<Answer, String> {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = (!cookies.is_empty()).then(|| cookies.join("; "));
        let answer = connection.send(Call { path, cookies, form, authorization: None }).await?;
        for line in answer.headers.get_all(SET_COOKIE) {
            let pair = line.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies.insert(name.trim().to_owned(), value.to_owned());
            }
        }
        Ok(answer)
    }
}

/// The path of an authorization request (RFC 6749 §4.1.1), and its verifier.
fn authorization_request(plan: &Plan) -> Result<(String, Secret), String> {
    let random = Random::System.bytes::<32>().map_err(|error| error.to_string())?;
    let verifier = base64url(&random);
    let challenge = base64url(&sha256(verifier.as_bytes()));
    let query = form(&[
        ("response_type", "code"),
        ("client_id", &plan.client_id),
        ("redirect_uri", &plan.redirect_uri),
        ("scope", plan.scope.as_deref().unwrap_or_default()),
        ("state", &challenge),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]);
    Ok((format!("{}?{query}", plan.authorization_endpoint), Secret::new(verifier)))
}

fn own_path(address: &str) -> String {
    match url::Url::parse(address) {
        Ok(url) => url[url::Position::BeforePath..].to_owned(),
        Err(_) => address.to_owned(),
    }
}

/// Where the last form of a page goes, and its fields with name and password
/// filled in, as if its first button were pressed.
fn filled_form(page: &Answer, plan: &Plan) -> Option<(String, String)> {
    let html = page.text();
    let (_, rest) = html.rsplit_once("<form")?;
    let (head, body) = rest.split_once('>')?;
    let mut fields = Vec::new();
    let mut pressed = false;
    for tag in body.split('<').skip(1).filter_map(|tag| tag.split('>').next()) {
        let Some(name) = attribute(tag, "name") else { continue };
        let value = attribute(tag, "value").unwrap_or_default();
        let button = tag.starts_with("button") || tag.contains("type=\"submit\"");
        if tag.contains("type=\"password\"") {
            fields.push((name, plan.password.reveal().to_owned()));
        } else if tag.contains("type=\"text\"") || tag.contains("type=\"email\"") {
            fields.push((name, plan.username.clone()));
        } else if tag.contains("type=\"hidden\"") || (button && !std::mem::replace(&mut pressed, true)) {
            fields.push((name, value));
        }
    }
    let pairs: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    Some((attribute(head, "action")?, form(&pairs)))
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, value) = tag.split_once(&format!(" {name}=\""))?;
    let value = value.split('"').next()?;
    Some(value.replace("&#38;", "&").replace("&amp;", "&").replace("&#34;", "\"").replace("&quot;", "\""))
}
