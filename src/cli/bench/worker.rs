//! One connection's share of the work. Only a correct answer counts.

use std::slice;
use std::sync::Arc;

use serde_json::Value;

use super::Work;
use super::browser::Browser;
use super::connection::{Answer, Call, Connection};
use super::plan::{Plan, form};

/// Does the work again and again on a connection of its own.
#[derive(Debug)]
pub struct Worker {
    plan: Arc<Plan>,
    connection: Connection,
    browser: Browser,
    /// The last token that this worker was given.
    last: String,
}

impl Worker {
    /// A worker who is connected, and signed in where the work is a person's.
    ///
    /// # Errors
    /// What the server did not do.
    pub async fn ready(plan: &Arc<Plan>) -> Result<Self, String> {
        let connection = Connection::to(&plan.authority);
        let mut worker =
            Self { plan: Arc::clone(plan), connection, browser: Browser::default(), last: String::new() };
        if plan.work.is_a_persons() {
            worker.browser.sign_in(plan, &mut worker.connection).await?;
        }
        if plan.work == Work::Refresh {
            let tokens = worker.code_flow().await?;
            worker.last = member(&tokens, "refresh_token")?;
        }
        Ok(worker)
    }

    /// Does the work once.
    ///
    /// # Errors
    /// A class of errors when the answer is not the right one.
    pub async fn once(&mut self) -> Result<(), String> {
        match self.plan.work {
            Work::Token => {
                let form = self.plan.client_credentials();
                let token = member(&self.tokens(form).await?, "access_token")?;
                self.differs(token)
            }
            Work::Introspect => {
                let plan = Arc::clone(&self.plan);
                let call = Call {
                    path: &plan.introspection_endpoint,
                    authorization: Some(&plan.basic),
                    form: Some(plan.introspection()),
                    ..Call::default()
                };
                let told = successful(self.connection.send(call).await?)?.json();
                let told = told
                    .get("tokens")
                    .and_then(Value::as_array)
                    .map_or(slice::from_ref(&told), Vec::as_slice);
                let active = told.iter().filter(|one| one.get("active") == Some(&Value::Bool(true))).count();
                if active == plan.batch.max(1) { Ok(()) } else { Err("not active".into()) }
            }
            Work::Verify => {
                let bearer = format!("Bearer {}", self.plan.token());
                let call = Call { path: &self.plan.verify, authorization: Some(&bearer), ..Call::default() };
                successful(self.connection.send(call).await?).map(|_| ())
            }
            Work::Refresh => {
                let form = form(&[("grant_type", "refresh_token"), ("refresh_token", &self.last)]);
                let token = member(&self.tokens(form).await?, "refresh_token")?;
                self.differs(token)
            }
            Work::Code => {
                let token = member(&self.code_flow().await?, "access_token")?;
                self.differs(token)
            }
            Work::Login => {
                self.browser = Browser::default();
                self.browser.sign_in(&self.plan, &mut self.connection).await
            }
        }
    }

    async fn code_flow(&mut self) -> Result<Value, String> {
        let code = self.browser.code(&self.plan, &mut self.connection).await?;
        let parameters = [
            ("grant_type", "authorization_code"),
            ("code", &code.code),
            ("redirect_uri", &self.plan.redirect_uri),
            ("code_verifier", code.verifier.reveal()),
        ];
        self.tokens(form(&parameters)).await
    }

    async fn tokens(&mut self, form: String) -> Result<Value, String> {
        let call = Call {
            path: &self.plan.token_endpoint,
            authorization: Some(&self.plan.basic),
            form: Some(form),
            ..Call::default()
        };
        Ok(successful(self.connection.send(call).await?)?.json())
    }

    /// An answer that comes twice was not made for this request.
    fn differs(&mut self, token: String) -> Result<(), String> {
        let last = std::mem::replace(&mut self.last, token);
        if last == self.last { Err("the same token again".into()) } else { Ok(()) }
    }
}

fn successful(answer: Answer) -> Result<Answer, String> {
    if answer.status.is_success() { Ok(answer) } else { Err(answer.class()) }
}

fn member(answer: &Value, name: &str) -> Result<String, String> {
    let value = answer.get(name).and_then(Value::as_str).filter(|value| !value.is_empty());
    value.map(str::to_owned).ok_or_else(|| format!("no {name}"))
}
