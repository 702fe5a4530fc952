-- What an upgrade may do while the version before it answers requests: here on
-- the busiest tables.
ALTER TABLE token ADD COLUMN of_next_version TEXT;
ALTER TABLE grant_family ADD COLUMN of_next_version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE client ADD COLUMN of_next_version TEXT;
CREATE INDEX session_of_next_version ON session (sub, created_at);
CREATE TABLE of_next_version (id BLOB NOT NULL PRIMARY KEY, created_at INTEGER NOT NULL);
