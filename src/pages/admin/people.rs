//! People and where they are signed in.

use askama::Template;
use axum::response::Response;

use super::AdminFrame;
use crate::clock::Timestamp;
use crate::pages::{Page, device};

/// A page of the people.
pub struct PeoplePage<'a> {
    pub people: Vec<PersonRow<'a>>,
    /// The address of the next page.
    pub next: Option<String>,
    /// What was looked for and is nobody's.
    pub sought: Option<&'a str>,
}

/// A person in the list.
pub struct PersonRow<'a> {
    pub sub: &'a str,
    pub username: &'a str,
    pub email: Option<&'a str>,
    pub admin: bool,
    pub enabled: bool,
}

/// One person.
pub struct PersonPage<'a> {
    pub sub: &'a str,
    pub username: &'a str,
    pub name: Option<&'a str>,
    pub email: Option<&'a str>,
    pub groups: String,
    pub roles: String,
    pub admin: bool,
    pub enabled: bool,
    /// Whether it is who looks: nobody shuts themselves out.
    pub own: bool,
    pub sessions: Vec<SessionRow<'a>>,
    pub now: Timestamp,
}

/// A browser that is signed in.
pub struct SessionRow<'a> {
    pub id: String,
    pub user_agent: Option<&'a str>,
    pub address: Option<&'a str>,
    pub last_seen_at: Timestamp,
    pub username: &'a str,
}

impl SessionRow<'_> {
    fn device(&self, page: &Page<'_>) -> String {
        self.user_agent.and_then(device::name).unwrap_or_else(|| page.text("account-unknown-device"))
    }
}

/// The sessions that were used last.
pub struct SessionsPage<'a> {
    pub sessions: Vec<SessionRow<'a>>,
    pub now: Timestamp,
}

#[derive(Template)]
#[template(path = "admin/people.html")]
struct PeopleTemplate<'a> {
    page: &'a Page<'a>,
    frame: &'a AdminFrame<'a>,
    list: &'a PeoplePage<'a>,
}

#[derive(Template)]
#[template(path = "admin/person.html")]
struct PersonTemplate<'a> {
    page: &'a Page<'a>,
    frame: &'a AdminFrame<'a>,
    person: &'a PersonPage<'a>,
}

#[derive(Template)]
#[template(path = "admin/sessions.html")]
struct SessionsTemplate<'a> {
    page: &'a Page<'a>,
    frame: &'a AdminFrame<'a>,
    list: &'a SessionsPage<'a>,
}

impl Page<'_> {
    /// The people. A form looks one up by `name`.
    pub fn admin_people(&self, frame: &AdminFrame<'_>, list: &PeoplePage<'_>) -> Response {
        self.admin(&PeopleTemplate { page: self, frame, list })
    }

    /// One of them. Posts `decision`, which is `disable`, `enable`, `revoke` or
    /// `set-password` with `password`, or `end_session=<id>`.
    pub fn admin_person(&self, frame: &AdminFrame<'_>, person: &PersonPage<'_>) -> Response {
        self.admin(&PersonTemplate { page: self, frame, person })
    }

    /// Who is signed in. Posts `end_session=<id>`.
    pub fn admin_sessions(&self, frame: &AdminFrame<'_>, list: &SessionsPage<'_>) -> Response {
        self.admin(&SessionsTemplate { page: self, frame, list })
    }
}
