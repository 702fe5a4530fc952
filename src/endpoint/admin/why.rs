//! `/admin/why`: why was this refused?

use axum::response::Response;
use uuid::Uuid;

use super::Administrator;
use super::lines::line;
use crate::admin::RefusedRequest;
use crate::endpoint::form::Form;
use crate::error::{Code, Error};
use crate::pages::{AdminPlace, FoundOut, WhyPage};
use crate::store::TokenRecord;
use crate::token::inspection;

/// The question.
pub async fn ask(desk: Administrator) -> Response {
    let why = WhyPage { found: None, unknown: false };
    desk.show(AdminPlace::Why, |page, frame| page.admin_why(frame, &why))
}

/// The answer. The token is in the form's body, and in no address.
pub async fn answer(desk: Administrator, form: Result<Form, Error>) -> Response {
    desk.posted(form, async |form| {
        let found = match find(&desk, form.require("what")?.trim()).await {
            Ok(found) => Some(found),
            Err(error) if error.code == Code::NotFound => None,
            Err(error) => return Err(error),
        };
        let lines: Vec<_> = found.iter().flat_map(|found| &found.entries).map(line).collect();
        let unknown = found.is_none();
        let found = found.as_ref().map(|found| FoundOut { lines: &lines, tokens: &found.tokens });
        let why = WhyPage { found, unknown };
        Ok(desk.show(AdminPlace::Why, |page, frame| page.admin_why(frame, &why)))
    })
    .await
}

/// An id may be that of a token or that of a request; anything else is a token.
async fn find(desk: &Administrator, what: &str) -> Result<RefusedRequest, Error> {
    let app = &desk.app;
    let one = |inspection| RefusedRequest { entries: Vec::new(), tokens: vec![inspection] };
    let Ok(id) = Uuid::parse_str(what) else { return Ok(one(inspection::of_token(app, what).await?)) };
    match TokenRecord::find(&app.store, id).await {
        Ok(record) => Ok(one(inspection::of_record(app, &record).await?)),
        Err(error) if error.code == Code::NotFound => RefusedRequest::find(app, id).await,
        Err(error) => Err(error),
    }
}
