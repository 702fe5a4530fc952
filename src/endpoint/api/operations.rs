//! Every operation of the API, in one list.

use axum::routing::{delete, get, patch, post, put};

use super::operation::{Operation, Parameter};
use super::{audit, clients, keys, sessions, tokens, users};

const PAGE_SIZE: Parameter =
    Parameter { name: "page_size", kind: "integer", about: "How many at most: 1 to 1000, 100 unless given." };
const CURSOR: Parameter = Parameter::text("cursor", "The `next_cursor` of the page before.");

/// Pages of everything.
const PAGED: &[Parameter] = &[PAGE_SIZE, CURSOR];

const TOKENS: &[Parameter] = &[
    Parameter::text("client_id", "Only tokens of this client."),
    Parameter::text("user", "Only tokens of this person: `sub`, user name or e-mail address."),
    Parameter::text("jti", "Only this token."),
    Parameter {
        name: "expired",
        kind: "boolean",
        about: "Whether expired ones are listed too: `true` or `false`.",
    },
    PAGE_SIZE,
    CURSOR,
];

const TRAIL: &[Parameter] = &[
    Parameter::text("since", "Only from this time on, such as 2026-01-31T12:00:00Z."),
    Parameter::text("until", "Only before this time."),
    Parameter::text("user", "Only what concerns this person: `sub`, user name or e-mail address."),
    Parameter::text("client_id", "Only what concerns this client."),
    Parameter::text("act", "Only this act, as `user.disable`, or all of a kind, as `user`."),
    Parameter::text("actor", "Only what this one did, as `user:SUB`, `client:ID` or `cli:NAME`."),
    Parameter::text("object", "Only what is about this token, grant, session or key."),
    Parameter::text("request_id", "Only what belongs to this request, by its `X-Request-Id`."),
    Parameter::text("outcome", "`done` or `refused`."),
    PAGE_SIZE,
    CURSOR,
];

const REPLACES: &str = "What is left out becomes as if it had never been said. Members that cannot be set may \
    be sent back as they were read.";
const PATCHES: &str = "A JSON Merge Patch (RFC 7396): what is left out stays, a list is replaced as a whole, \
    `null` removes.";
const SHOWN_ONCE: &str = "The answer has `client_secret` when one was generated; it is never shown again.";

/// Every operation there is.
pub const OPERATIONS: &[Operation] = &[
    Operation::look(("get", "/clients", "listClients"), "List the clients, by id", || get(clients::list))
        .query(PAGED)
        .gives(200, "Clients"),
    Operation::change(("post", "/clients", "createClient"), "Register a client", || post(clients::create))
        .about(SHOWN_ONCE)
        .takes("NewClient")
        .gives(201, "RegisteredClient")
        .fails(&[409]),
    Operation::look(("get", "/clients/{client_id}", "showClient"), "Show a client", || get(clients::show))
        .gives(200, "Client")
        .fails(&[404]),
    Operation::change(("put", "/clients/{client_id}", "replaceClient"), "Replace a registration", || {
        put(clients::replace)
    })
    .about(REPLACES)
    .takes("Client")
    .gives(200, "RegisteredClient")
    .fails(&[404]),
    Operation::change(("patch", "/clients/{client_id}", "updateClient"), "Change a registration", || {
        patch(clients::update)
    })
    .about(PATCHES)
    .takes("Client")
    .gives(200, "RegisteredClient")
    .fails(&[404]),
    Operation::change(
        ("delete", "/clients/{client_id}", "deleteClient"),
        "Remove a client and take back its tokens",
        || delete(clients::delete),
    )
    .gives_nothing()
    .fails(&[404]),
    Operation::change(
        ("post", "/clients/{client_id}/enable", "enableClient"),
        "Let a client in again",
        || post(clients::enable),
    )
    .gives(200, "Client")
    .fails(&[404]),
    Operation::change(
        ("post", "/clients/{client_id}/disable", "disableClient"),
        "Shut a client out and take back its tokens",
        || post(clients::disable),
    )
    .gives(200, "Client")
    .fails(&[404]),
    Operation::change(
        ("post", "/clients/{client_id}/rotate-secret", "rotateClientSecret"),
        "Replace a client's secret by a generated one",
        || post(clients::rotate_secret),
    )
    .about(SHOWN_ONCE)
    .takes("Rotation")
    .gives(200, "RotatedSecret")
    .fails(&[404]),
    Operation::look(
        ("get", "/clients/{client_id}/failures", "listClientFailures"),
        "List what a client was refused lately, the last first",
        || get(clients::failures),
    )
    .gives(200, "Failures")
    .fails(&[404]),
    Operation::look(("get", "/users", "listUsers"), "List the people, by name", || get(users::list))
        .query(PAGED)
        .gives(200, "Users"),
    Operation::change(("post", "/users", "createUser"), "Add a person", || post(users::create))
        .about("Without a password they cannot log in by one.")
        .takes("NewUser")
        .gives(201, "User")
        .fails(&[409]),
    Operation::look(("get", "/users/{user}", "showUser"), "Show a person", || get(users::show))
        .gives(200, "User")
        .fails(&[404]),
    Operation::change(
        ("put", "/users/{user}", "replaceUser"),
        "Replace what is known about a person",
        || put(users::replace),
    )
    .about(REPLACES)
    .takes("User")
    .gives(200, "User")
    .fails(&[404, 409]),
    Operation::change(
        ("patch", "/users/{user}", "updateUser"),
        "Change what is known about a person",
        || patch(users::update),
    )
    .about(PATCHES)
    .takes("User")
    .gives(200, "User")
    .fails(&[404, 409]),
    Operation::change(
        ("delete", "/users/{user}", "deleteUser"),
        "Remove a person with their sessions and take back their tokens",
        || delete(users::delete),
    )
    .gives_nothing()
    .fails(&[404]),
    Operation::change(("post", "/users/{user}/enable", "enableUser"), "Let a person in again", || {
        post(users::enable)
    })
    .gives(200, "User")
    .fails(&[404]),
    Operation::change(
        ("post", "/users/{user}/disable", "disableUser"),
        "Shut a person out, end their sessions and take back their tokens",
        || post(users::disable),
    )
    .gives(200, "User")
    .fails(&[404]),
    Operation::change(
        ("post", "/users/{user}/set-password", "setPassword"),
        "Set a person's password, end their sessions and take back their tokens",
        || post(users::set_password),
    )
    .takes("NewPassword")
    .gives_nothing()
    .fails(&[404]),
    Operation::look(
        ("get", "/users/{user}/sessions", "listSessions"),
        "List where a person is logged in, last used first",
        || get(sessions::list),
    )
    .gives(200, "Sessions")
    .fails(&[404]),
    Operation::change(
        ("delete", "/users/{user}/sessions/{sid}", "endSession"),
        "End a session and everything that was to end with it",
        || delete(sessions::end),
    )
    .gives_nothing()
    .fails(&[404]),
    Operation::look(("get", "/tokens", "listTokens"), "List token records, newest first", || {
        get(tokens::list)
    })
    .query(TOKENS)
    .gives(200, "Tokens")
    .fails(&[404]),
    Operation::look(
        ("post", "/tokens/inspect", "inspectToken"),
        "Say why something was refused: each check in order, and the verdict",
        || post(tokens::inspect),
    )
    .about("Takes one of: a token, the `jti` of one, or the `X-Request-Id` of a request that was refused.")
    .takes("Question")
    .gives(200, "Verdict")
    .fails(&[404]),
    Operation::change(("post", "/tokens/revoke", "revokeTokens"), "Take tokens back", || {
        post(tokens::revoke)
    })
    .about("Takes one of `jti`, `user`, `client_id`, `sid` and `all`. Acts on every server within a second.")
    .takes("Revocation")
    .gives(200, "Revoked")
    .fails(&[404]),
    Operation::look(
        ("get", "/keys", "listKeys"),
        "List the signing keys, newest first, and who fetched them in the last 24 hours",
        || get(keys::list),
    )
    .gives(200, "Keys"),
    Operation::change(
        ("post", "/keys/rotate", "rotateKeys"),
        "Publish a new key for every algorithm",
        || post(keys::rotate),
    )
    .takes("KeyRotation")
    .gives(200, "Keys"),
    Operation::look(("get", "/audit", "searchAudit"), "Find lines of the audit trail, newest first", || {
        get(audit::search)
    })
    .query(TRAIL)
    .gives(200, "Trail")
    .fails(&[404]),
];
