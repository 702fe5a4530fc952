//! What is written down of an act: who did what to whom, from where, and what
//! came of it. Never a secret, a password, a token, or what a stranger typed.

use serde::Serialize;
use sqlx::FromRow;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::context::Context;
use crate::error::Error;

/// One list for the acts, their names and their order in the reference.
macro_rules! acts {
    ($($(#[$about:meta])* $act:ident = $name:literal,)*) => {
        /// What was done, or refused. The names are API.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Act { $($(#[$about])* $act,)* }

        impl Act {
            /// Every act there is.
            pub const ALL: &[Self] = &[$(Self::$act),*];

            /// Its name in the table.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$act => $name),* }
            }
        }
    };
}

acts! {
    /// A person proved who they are, or did not.
    Login = "login",
    /// Too many wrong passwords: the account pauses.
    LoginLock = "login.lock",
    /// A login session was ended.
    SessionEnd = "session.end",
    /// An authorization request was refused.
    Authorize = "authorize",
    /// A person let an application in.
    ConsentGive = "consent.give",
    /// A person did not let an application in.
    ConsentDeny = "consent.deny",
    /// A person let an application out again, with all that came of it.
    ConsentWithdraw = "consent.withdraw",
    /// A token request was refused. One that was answered has its record in
    /// table `token`.
    TokenIssue = "token.issue",
    /// A question about a token was refused: who asked did not prove who they are.
    TokenIntrospect = "token.introspect",
    /// An access token was refused where it was presented.
    TokenUse = "token.use",
    /// One access token was taken back, or the request to do so was refused.
    TokenRevoke = "token.revoke",
    /// Everything of one authorization was taken back.
    GrantRevoke = "grant.revoke",
    /// Everything of all was taken back.
    AllRevoke = "all.revoke",
    ClientCreate = "client.create",
    ClientUpdate = "client.update",
    ClientEnable = "client.enable",
    ClientDisable = "client.disable",
    ClientDelete = "client.delete",
    /// A client got a new secret.
    ClientSecret = "client.secret",
    /// Everything of a client was taken back.
    ClientRevoke = "client.revoke",
    UserCreate = "user.create",
    UserUpdate = "user.update",
    UserEnable = "user.enable",
    UserDisable = "user.disable",
    UserDelete = "user.delete",
    /// A person got a new password.
    UserPassword = "user.password",
    /// Everything of a person was taken back.
    UserRevoke = "user.revoke",
    /// A signing key was made and published.
    KeyCreate = "key.create",
    /// A signing key ended to sign: its private half was deleted.
    KeyRetire = "key.retire",
    /// A public key was deleted: the last token that it signed has expired.
    KeyDelete = "key.delete",
    /// The schema was brought up to date.
    DatabaseMigrate = "database.migrate",
    /// More was refused than is written down.
    AuditSkip = "audit.skip",
}

/// Who acts, and in which request.
#[derive(Clone, Debug)]
pub struct Origin {
    /// `user:SUB`, `client:ID`, `cli:NAME`, `server`, or `anyone`.
    pub actor: String,
    /// The request, if there is one.
    pub context: Option<Context>,
}

impl Origin {
    /// A person, by their `sub`.
    pub fn person(sub: &str, context: &Context) -> Self {
        Self { actor: format!("user:{sub}"), context: Some(*context) }
    }

    /// A client that has proven who it is.
    pub fn client(client_id: &str, context: &Context) -> Self {
        Self { actor: format!("client:{client_id}"), context: Some(*context) }
    }

    /// Whoever sent the request: nothing is proven.
    pub fn anyone(context: &Context) -> Self {
        Self { actor: String::from("anyone"), context: Some(*context) }
    }

    /// The command line, with the name of the account that runs it.
    pub fn command_line(account: Option<&str>) -> Self {
        let actor = account.map_or_else(|| String::from("cli"), |account| format!("cli:{account}"));
        Self { actor, context: None }
    }

    /// This server, by itself.
    pub fn server() -> Self {
        Self::from("server")
    }
}

impl From<&Origin> for Origin {
    fn from(origin: &Origin) -> Self {
        origin.clone()
    }
}

impl From<&str> for Origin {
    fn from(actor: &str) -> Self {
        Self { actor: actor.to_owned(), context: None }
    }
}

/// What came of an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Refused,
}

impl Outcome {
    /// Its word in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }
}

/// One line of the audit trail.
#[derive(Clone, Debug, PartialEq, Eq, FromRow, Serialize)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// What, see [`Act`].
    pub act: String,
    /// `done` or `refused`.
    pub outcome: String,
    /// Who, see [`Origin`].
    pub actor: String,
    /// The person whom it concerns.
    pub subject: Option<String>,
    /// The client that it concerns.
    pub client_id: Option<String>,
    /// What else it is about: the id of a token, grant, session or key.
    pub object: Option<String>,
    /// Why, or how, in a few words.
    pub reason: Option<String>,
    /// Where the request came from.
    pub address: Option<String>,
    /// The request, as its answer named it in `X-Request-Id`.
    pub request_id: Option<Uuid>,
}

impl Entry {
    /// An act that was done.
    pub fn done(act: Act, origin: &Origin, at: Timestamp) -> Self {
        Self {
            at,
            act: act.as_str().to_owned(),
            outcome: Outcome::Done.as_str().to_owned(),
            actor: origin.actor.clone(),
            subject: None,
            client_id: None,
            object: None,
            reason: None,
            address: origin.context.map(|context| context.address.to_string()),
            request_id: origin.context.map(|context| context.request_id),
        }
    }

    /// An act that was refused, and why.
    pub fn refused(act: Act, origin: &Origin, at: Timestamp, reason: impl Into<String>) -> Self {
        let outcome = Outcome::Refused.as_str().to_owned();
        Self { outcome, ..Self::done(act, origin, at) }.because(reason)
    }

    /// An act that was refused with one of the RFCs' errors.
    pub fn failed(act: Act, origin: &Origin, at: Timestamp, error: &Error) -> Self {
        Self::refused(act, origin, at, format!("{}: {}", error.code.as_str(), error.description))
    }

    /// Names the person.
    pub fn subject(mut self, sub: impl Into<String>) -> Self {
        self.subject = Some(sub.into());
        self
    }

    /// Names the client.
    pub fn client(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// Names the token, grant, session or key.
    pub fn object(mut self, id: impl ToString) -> Self {
        self.object = Some(id.to_string());
        self
    }

    /// Says why, or how.
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into()).filter(|reason| !reason.is_empty());
        self
    }
}
