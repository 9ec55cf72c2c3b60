-- Who signed in, was refused, cancelled or acknowledged. Rows are added, read by people, and removed when they are old.
CREATE TABLE progress_audit (
    at       timestamptz NOT NULL,
    event    text NOT NULL,
    user_id  text COLLATE "C",
    username text,
    role     text,
    remote   text,
    path     text NOT NULL,
    status   integer NOT NULL,
    count    bigint NOT NULL
);

CREATE INDEX progress_audit_by_time ON progress_audit (at);
CREATE INDEX progress_audit_by_user ON progress_audit (user_id, at);
