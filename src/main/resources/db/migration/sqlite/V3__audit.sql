-- Who signed in, was refused, cancelled or acknowledged. Rows are added, read by people, and removed when they are old.
CREATE TABLE progress_audit (
    at       TEXT NOT NULL,
    event    TEXT NOT NULL,
    user_id  TEXT,
    username TEXT,
    role     TEXT,
    remote   TEXT,
    path     TEXT NOT NULL,
    status   INTEGER NOT NULL,
    count    INTEGER NOT NULL
);

CREATE INDEX progress_audit_by_time ON progress_audit (at);
CREATE INDEX progress_audit_by_user ON progress_audit (user_id, at);
