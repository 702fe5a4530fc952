-- Times are Unix milliseconds. Secrets are stored as digests only.

CREATE TABLE client (
    client_id   TEXT    NOT NULL PRIMARY KEY,
    metadata    TEXT    NOT NULL,
    enabled     BOOLEAN NOT NULL,
    created_at  BIGINT  NOT NULL,
    updated_at  BIGINT  NOT NULL
);

CREATE TABLE client_secret (
    id          BLOB    NOT NULL PRIMARY KEY,
    client_id   TEXT    NOT NULL REFERENCES client ON DELETE CASCADE,
    digest      BLOB,
    phc         TEXT,
    created_at  BIGINT  NOT NULL,
    expires_at  BIGINT
);
CREATE INDEX client_secret_client_id ON client_secret (client_id);

-- The last refusals of each client, for whoever runs it.
CREATE TABLE client_failure (
    client_id   TEXT    NOT NULL REFERENCES client ON DELETE CASCADE,
    request_id  BLOB    NOT NULL,
    failed_at   BIGINT  NOT NULL,
    endpoint    TEXT    NOT NULL,
    grant_type  TEXT,
    error       TEXT    NOT NULL,
    error_description TEXT NOT NULL,
    address     TEXT    NOT NULL,
    PRIMARY KEY (client_id, request_id)
);
CREATE INDEX client_failure_failed_at ON client_failure (failed_at);

CREATE TABLE user_account (
    sub             TEXT    NOT NULL PRIMARY KEY,
    username        TEXT    NOT NULL,
    username_key    TEXT    NOT NULL UNIQUE,
    email           TEXT,
    email_key       TEXT    UNIQUE,
    email_verified  BOOLEAN NOT NULL,
    password        TEXT,
    profile         TEXT    NOT NULL,
    groups          TEXT    NOT NULL,
    roles           TEXT    NOT NULL,
    admin           BOOLEAN NOT NULL,
    enabled         BOOLEAN NOT NULL,
    created_at      BIGINT  NOT NULL,
    updated_at      BIGINT  NOT NULL
);

CREATE TABLE login_failure (
    account_key     TEXT    NOT NULL PRIMARY KEY,
    failures        BIGINT  NOT NULL,
    window_start    BIGINT  NOT NULL,
    last_failure    BIGINT  NOT NULL
);

CREATE TABLE session (
    id              BLOB    NOT NULL PRIMARY KEY,
    digest          BLOB    NOT NULL UNIQUE,
    sub             TEXT    NOT NULL,
    auth_time       BIGINT  NOT NULL,
    amr             TEXT    NOT NULL,
    acr             TEXT    NOT NULL,
    user_agent      TEXT,
    address         TEXT,
    created_at      BIGINT  NOT NULL,
    last_seen_at    BIGINT  NOT NULL,
    expires_at      BIGINT  NOT NULL,
    revoked_at      BIGINT
);
CREATE INDEX session_sub ON session (sub);
CREATE INDEX session_expires_at ON session (expires_at);

CREATE TABLE consent (
    sub         TEXT    NOT NULL,
    client_id   TEXT    NOT NULL,
    scope       TEXT    NOT NULL,
    declined    TEXT    NOT NULL,
    granted_at  BIGINT  NOT NULL,
    PRIMARY KEY (sub, client_id)
);

CREATE TABLE logout_notice (
    session_id  BLOB    NOT NULL,
    client_id   TEXT    NOT NULL,
    sub         TEXT    NOT NULL,
    ended_at    BIGINT  NOT NULL,
    attempts    BIGINT  NOT NULL,
    due_at      BIGINT,
    outcome     TEXT,
    PRIMARY KEY (session_id, client_id)
);
CREATE INDEX logout_notice_due_at ON logout_notice (due_at);
CREATE INDEX logout_notice_ended_at ON logout_notice (ended_at);

CREATE TABLE login_flow (
    digest      BLOB    NOT NULL PRIMARY KEY,
    browser     BLOB    NOT NULL,
    request     TEXT    NOT NULL,
    created_at  BIGINT  NOT NULL,
    expires_at  BIGINT  NOT NULL,
    consumed_at BIGINT
);
CREATE INDEX login_flow_expires_at ON login_flow (expires_at);

CREATE TABLE grant_family (
    id              BLOB    NOT NULL PRIMARY KEY,
    client_id       TEXT    NOT NULL,
    sub             TEXT    NOT NULL,
    session_id      BLOB,
    scope           TEXT    NOT NULL,
    audience        TEXT    NOT NULL,
    claims          TEXT,
    auth_time       BIGINT,
    amr             TEXT,
    acr             TEXT,
    offline         BOOLEAN NOT NULL,
    salt            BLOB    NOT NULL,
    generation      BIGINT  NOT NULL,
    rotated_at      BIGINT,
    created_at      BIGINT  NOT NULL,
    expires_at      BIGINT  NOT NULL,
    revoked_at      BIGINT
);
CREATE INDEX grant_family_sub ON grant_family (sub);
CREATE INDEX grant_family_expires_at ON grant_family (expires_at);

CREATE TABLE auth_code (
    digest          BLOB    NOT NULL PRIMARY KEY,
    grant_id        BLOB    NOT NULL,
    client_id       TEXT    NOT NULL,
    redirect_uri    TEXT,
    code_challenge  TEXT,
    nonce           TEXT,
    failed_attempts BIGINT  NOT NULL,
    created_at      BIGINT  NOT NULL,
    expires_at      BIGINT  NOT NULL,
    consumed_at     BIGINT
);
CREATE INDEX auth_code_expires_at ON auth_code (expires_at);

-- Names that clients give to what they use once, such as an assertion's jti.
CREATE TABLE replay (
    digest      BLOB    NOT NULL PRIMARY KEY,
    expires_at  BIGINT  NOT NULL
);
CREATE INDEX replay_expires_at ON replay (expires_at);

CREATE TABLE token (
    jti         BLOB    NOT NULL,
    exp         BIGINT  NOT NULL,
    status_index INTEGER NOT NULL,
    client_id   TEXT    NOT NULL,
    sub         TEXT,
    grant_id    BLOB,
    session_id  BLOB,
    scope       TEXT    NOT NULL,
    PRIMARY KEY (jti, exp)
) WITHOUT ROWID;

CREATE TABLE status_bucket (
    bucket      BIGINT  NOT NULL PRIMARY KEY,
    blocks      BIGINT  NOT NULL,
    created_at  BIGINT  NOT NULL
);

CREATE TABLE revocation (
    seq         BIGINT  NOT NULL PRIMARY KEY,
    kind        TEXT    NOT NULL,
    subject     TEXT    NOT NULL,
    issued_before BIGINT NOT NULL,
    revoked_at  BIGINT  NOT NULL,
    expires_at  BIGINT  NOT NULL,
    actor       TEXT    NOT NULL,
    reason      TEXT    NOT NULL
);
CREATE INDEX revocation_subject ON revocation (subject);
CREATE INDEX revocation_expires_at ON revocation (expires_at);

-- Who did what. Ordered by time, so that it is read and dropped by the month.
CREATE TABLE audit (
    at          BIGINT  NOT NULL,
    id          BLOB    NOT NULL DEFAULT (randomblob(16)),
    act         TEXT    NOT NULL,
    outcome     TEXT    NOT NULL,
    actor       TEXT    NOT NULL,
    subject     TEXT,
    client_id   TEXT,
    object      TEXT,
    reason      TEXT,
    address     TEXT,
    request_id  BLOB,
    PRIMARY KEY (at, id)
) WITHOUT ROWID;
CREATE INDEX audit_subject ON audit (subject, at);
CREATE INDEX audit_client_id ON audit (client_id, at);
CREATE INDEX audit_request_id ON audit (request_id);

CREATE TABLE signing_key (
    kid         TEXT    NOT NULL PRIMARY KEY,
    alg         TEXT    NOT NULL,
    private_key BLOB    NOT NULL,
    sealed      BOOLEAN NOT NULL,
    public_jwk  TEXT    NOT NULL,
    created_at  BIGINT  NOT NULL,
    activates_at BIGINT NOT NULL,
    retired_at  BIGINT,
    expires_at  BIGINT
);

-- Who fetched the public keys lately: so many have seen the next one.
CREATE TABLE jwks_reader (
    address     TEXT    NOT NULL,
    user_agent  TEXT    NOT NULL,
    fetches     BIGINT  NOT NULL,
    fetched_at  BIGINT  NOT NULL,
    PRIMARY KEY (address, user_agent)
);

CREATE TABLE server_secret (
    name        TEXT    NOT NULL PRIMARY KEY,
    value       BLOB   NOT NULL,
    sealed      BOOLEAN NOT NULL
);

CREATE TABLE lease (
    name        TEXT    NOT NULL PRIMARY KEY,
    holder      BLOB    NOT NULL,
    expires_at  BIGINT  NOT NULL
);

-- Rows here are bumped inside the transaction that they order: the row lock
-- makes commit order and number order the same, without gaps.
CREATE TABLE counter (
    name        TEXT    NOT NULL PRIMARY KEY,
    value       BIGINT  NOT NULL
);
INSERT INTO counter (name, value) VALUES ('revocation', 0), ('signing_key', 0);
