//! What an operation of the API is.

use axum::routing::MethodRouter;

use crate::app::App;
use crate::oauth::scope;

/// One method of one path.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// In small letters, as OpenAPI has it.
    pub method: &'static str,
    /// Below [`super::BASE`], with its parameters in braces.
    pub path: &'static str,
    /// `operationId`.
    pub id: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    /// What one has to know besides.
    pub about: &'static str,
    /// The scope that it asks for.
    pub scope: &'static str,
    /// What may stand in the query.
    pub query: &'static [Parameter],
    /// The schema of the body, if it takes one.
    pub body: Option<&'static str>,
    /// The status of success.
    pub status: u16,
    /// The schema of the answer, if it has one.
    pub answer: Option<&'static str>,
    /// What else it may answer, beside what every operation may.
    pub errors: &'static [u16],
    /// What answers.
    pub handler: fn() -> MethodRouter<App>,
}

/// A parameter of a query.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// `string`, `integer` or `boolean`.
    pub kind: &'static str,
    /// What it does.
    pub about: &'static str,
}

impl Parameter {
    /// A text.
    pub const fn text(name: &'static str, about: &'static str) -> Self {
        Self { name, kind: "string", about }
    }
}

impl Operation {
    /// Looks at something and answers 200.
    pub const fn look(
        (method, path, id): (&'static str, &'static str, &'static str),
        summary: &'static str,
        handler: fn() -> MethodRouter<App>,
    ) -> Self {
        Self {
            method,
            path,
            id,
            summary,
            about: "",
            scope: scope::ADMIN_READ,
            query: &[],
            body: None,
            status: 200,
            answer: None,
            errors: &[],
            handler,
        }
    }

    /// Changes something and answers 200.
    pub const fn change(
        name: (&'static str, &'static str, &'static str),
        summary: &'static str,
        handler: fn() -> MethodRouter<App>,
    ) -> Self {
        Self { scope: scope::ADMIN_WRITE, ..Self::look(name, summary, handler) }
    }

    /// Adds what one has to know.
    pub const fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }

    /// Adds what may stand in the query.
    pub const fn query(self, query: &'static [Parameter]) -> Self {
        Self { query, ..self }
    }

    /// Adds a body.
    pub const fn takes(self, schema: &'static str) -> Self {
        Self { body: Some(schema), ..self }
    }

    /// Adds what is answered.
    pub const fn gives(self, status: u16, schema: &'static str) -> Self {
        Self { status, answer: Some(schema), ..self }
    }

    /// Answers 204.
    pub const fn gives_nothing(self) -> Self {
        Self { status: 204, ..self }
    }

    /// Adds how it may fail.
    pub const fn fails(self, errors: &'static [u16]) -> Self {
        Self { errors, ..self }
    }

    /// The names of the parameters in the path.
    pub fn path_parameters(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }

    /// How its body is written.
    pub fn content_type(&self) -> &'static str {
        if self.method == "patch" { "application/merge-patch+json" } else { "application/json" }
    }

    /// What it is about: the first part of the path.
    pub fn tag(&self) -> &'static str {
        self.path.split('/').nth(1).unwrap_or_default()
    }
}
