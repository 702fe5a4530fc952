//! `/admin/applications`: what is registered, and what may be done about it.

use std::time::Duration;

use axum::response::Response;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::{Administrator, PAGE};
use crate::admin::Registrar;
use crate::endpoint::form::Form;
use crate::endpoint::named::Named;
use crate::error::Error;
use crate::pages::{
    AdminDone, AdminPlace, ApplicationPage, ApplicationRow, ApplicationsPage, RefusalItem, SecretPage,
};
use crate::store::{Client, ClientFailure, NewRevocation, RevocationKind};

/// The applications, by id.
pub async fn list(desk: Administrator) -> Response {
    desk.or_failure(shown(&desk).await)
}

async fn shown(desk: &Administrator) -> Result<Response, Error> {
    let after = desk.query.get("after").unwrap_or_default();
    let mut clients = desk.app.store.clients_after(after, PAGE as i64 + 1).await?;
    let more = clients.len() > PAGE;
    clients.truncate(PAGE);
    let last = clients.last().filter(|_| more);
    let list = ApplicationsPage {
        applications: clients.iter().map(application_row).collect(),
        next: last.map(|last| desk.here(&[("after", &last.client_id)])),
    };
    Ok(desk.show(AdminPlace::Applications, |page, frame| page.admin_applications(frame, &list)))
}

fn path(client_id: &str) -> String {
    utf8_percent_encode(client_id, NON_ALPHANUMERIC).to_string()
}

fn name(client: &Client) -> &str {
    client.client_name.as_deref().unwrap_or(&client.client_id)
}

fn application_row(client: &Client) -> ApplicationRow<'_> {
    ApplicationRow {
        client_id: &client.client_id,
        path: path(&client.client_id),
        name: name(client),
        enabled: client.enabled,
    }
}

/// One of them.
pub async fn show(desk: Administrator, Named(id): Named<String>) -> Response {
    desk.or_failure(application(&desk, &id).await)
}

async fn application(desk: &Administrator, id: &str) -> Result<Response, Error> {
    let client = Client::find(&desk.app.store, id).await?;
    let failures = desk.app.store.client_failures(id).await?;
    let method = serde_json::to_value(client.token_endpoint_auth_method).map_err(Error::server_error)?;
    let grants = serde_json::to_value(&client.grant_types).map_err(Error::server_error)?;
    let grants: Vec<&str> = grants.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let application = ApplicationPage {
        client_id: &client.client_id,
        path: path(&client.client_id),
        name: name(&client),
        enabled: client.enabled,
        grants: grants.join(" "),
        redirect_uris: client.redirect_uris.iter().map(String::as_str).collect(),
        scope: client.scope.to_string(),
        method: method.as_str().unwrap_or_default(),
        sends_secret: client.sends_secret(),
        refusals: failures.iter().map(refusal).collect(),
    };
    Ok(desk.show(AdminPlace::Applications, |page, frame| page.admin_application(frame, &application)))
}

fn refusal(failure: &ClientFailure) -> RefusalItem<'_> {
    RefusalItem {
        at: failure.failed_at.rfc3339(),
        error: &failure.error,
        description: &failure.error_description,
        request_id: failure.request_id.to_string(),
    }
}

/// Does what the buttons say.
pub async fn change(desk: Administrator, Named(id): Named<String>, form: Result<Form, Error>) -> Response {
    desk.posted(form, async |form| {
        let client = Client::find(&desk.app.store, &id).await?;
        let (store, now, by) = (&desk.app.store, desk.app.now(), desk.origin());
        let done = match form.require("decision")? {
            "rotate-secret" => return rotate_secret(&desk, &client).await,
            "disable" => {
                store.disable_client(&id, by, now).await?;
                AdminDone::Disabled
            }
            "enable" => {
                store.enable_client(&id, by, now).await?;
                AdminDone::Enabled
            }
            "revoke" => {
                let new = NewRevocation::new(RevocationKind::Client, id.as_str(), now);
                desk.app.revocations.revoke(&new.by(by, super::REASON)).await?;
                AdminDone::Revoked
            }
            _ => return Err(Error::invalid_request("there is no such button")),
        };
        desk.app.revocations.refresh().await?;
        Ok(desk.done(done))
    })
    .await
}

/// The page that shows it is the only one that ever does.
async fn rotate_secret(desk: &Administrator, client: &Client) -> Result<Response, Error> {
    let registrar = Registrar::of(&desk.app, desk.origin());
    let (made, _) = registrar.rotate_secret(client, Duration::ZERO).await?;
    let shown = SecretPage {
        client_id: &client.client_id,
        path: path(&client.client_id),
        secret: made.secret.reveal(),
    };
    Ok(desk.show(AdminPlace::Applications, |page, frame| page.admin_secret(frame, &shown)))
}
