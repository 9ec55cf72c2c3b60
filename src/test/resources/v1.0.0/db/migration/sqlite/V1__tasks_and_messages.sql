-- The tables of PostgreSQL, with times as ISO 8601 text in UTC to the millisecond, which sorts as time does.
CREATE TABLE progress_tasks (
    task_id             TEXT PRIMARY KEY,
    user_id             TEXT NOT NULL,
    action              TEXT NOT NULL,
    cluster_name        TEXT NOT NULL,
    status              TEXT NOT NULL CHECK (status IN ('pending', 'running', 'completed', 'failed', 'cancelled')),
    total               INTEGER NOT NULL CHECK (total >= 0),
    current             INTEGER NOT NULL DEFAULT 0,
    success_count       INTEGER NOT NULL DEFAULT 0,
    failed_count        INTEGER NOT NULL DEFAULT 0,
    last_seq            INTEGER NOT NULL DEFAULT 0,
    owner               TEXT,
    epoch               INTEGER NOT NULL DEFAULT 0,
    lease_until         TEXT,
    cancel_requested_at TEXT,
    acknowledged_seq    INTEGER NOT NULL DEFAULT 0,
    idempotency_key     TEXT,
    retry_of            TEXT,
    created_at          TEXT NOT NULL,
    updated_at          TEXT NOT NULL,
    completed_at        TEXT
);

CREATE INDEX progress_tasks_by_user ON progress_tasks (user_id, completed_at);
CREATE INDEX progress_tasks_by_end ON progress_tasks (completed_at);
CREATE UNIQUE INDEX progress_tasks_by_key ON progress_tasks (user_id, idempotency_key)
    WHERE idempotency_key IS NOT NULL;

CREATE TABLE progress_task_inputs (
    task_id      TEXT PRIMARY KEY,
    node_names   TEXT NOT NULL,
    params       TEXT NOT NULL,
    concurrency  INTEGER NOT NULL,
    request_hash TEXT NOT NULL
);

CREATE TABLE progress_messages (
    task_id       TEXT NOT NULL,
    epoch         INTEGER NOT NULL,
    seq           INTEGER NOT NULL,
    user_id       TEXT NOT NULL,
    type          TEXT NOT NULL,
    action        TEXT NOT NULL,
    current       INTEGER NOT NULL,
    total         INTEGER NOT NULL,
    success_count INTEGER NOT NULL,
    failed_count  INTEGER NOT NULL,
    current_node  TEXT,
    node_status   TEXT,
    node_error    TEXT,
    node_final    INTEGER NOT NULL,
    message       TEXT,
    error         TEXT,
    created_at    TEXT NOT NULL,
    PRIMARY KEY (task_id, seq)
) WITHOUT ROWID;

-- SQLite changes no data inside WITH. One INSERT into a view does instead what the statements of PostgreSQL do: its
-- trigger writes all tables, and the whole statement holds or nothing of it.
CREATE VIEW progress_writes AS
SELECT task_id, epoch, 0 AS first_seq, last_seq, current, success_count, failed_count, status, completed_at, updated_at,
       0 AS lease_ms, NULL AS messages
FROM progress_tasks;

CREATE TRIGGER progress_writes_insert INSTEAD OF INSERT ON progress_writes
BEGIN
    INSERT INTO progress_messages (task_id, epoch, seq, user_id, type, action, current, total, success_count,
                                   failed_count, current_node, node_status, node_error, node_final, message, error,
                                   created_at)
    SELECT t.task_id, t.epoch, m.value ->> 'seq', t.user_id, m.value ->> 'type', t.action, m.value ->> 'current',
           t.total, m.value ->> 'success_count', m.value ->> 'failed_count', m.value ->> 'current_node',
           m.value ->> 'node_status', m.value ->> 'node_error', m.value ->> 'node_final', m.value ->> 'message',
           m.value ->> 'error', m.value ->> 'created_at'
    FROM progress_tasks t JOIN json_each(NEW.messages) m
    WHERE t.task_id = NEW.task_id AND t.epoch = NEW.epoch AND t.last_seq = NEW.first_seq - 1;
    UPDATE progress_tasks
    SET last_seq = NEW.last_seq, current = NEW.current, success_count = NEW.success_count,
        failed_count = NEW.failed_count, status = coalesce(NEW.status, status),
        completed_at = coalesce(NEW.completed_at, completed_at), updated_at = NEW.updated_at,
        lease_until = CASE WHEN NEW.status IS NULL AND lease_until IS NOT NULL
                           THEN strftime('%Y-%m-%dT%H:%M:%fZ', 'now', (NEW.lease_ms / 1000.0) || ' seconds') END
    WHERE task_id = NEW.task_id AND epoch = NEW.epoch AND last_seq = NEW.first_seq - 1;
END;

CREATE VIEW progress_new_tasks AS
SELECT t.*, i.node_names, i.params, i.concurrency, i.request_hash
FROM progress_tasks t JOIN progress_task_inputs i USING (task_id);

CREATE TRIGGER progress_new_tasks_insert INSTEAD OF INSERT ON progress_new_tasks
BEGIN
    INSERT OR IGNORE INTO progress_tasks (task_id, user_id, action, cluster_name, status, total, owner, epoch,
                                          lease_until, idempotency_key, retry_of, created_at, updated_at)
    VALUES (NEW.task_id, NEW.user_id, NEW.action, NEW.cluster_name, NEW.status, NEW.total, NEW.owner, NEW.epoch,
            NEW.lease_until, NEW.idempotency_key, NEW.retry_of, NEW.created_at, NEW.created_at);
    INSERT OR IGNORE INTO progress_task_inputs (task_id, node_names, params, concurrency, request_hash)
    SELECT task_id, NEW.node_names, NEW.params, NEW.concurrency, NEW.request_hash
    FROM progress_tasks WHERE task_id = NEW.task_id;
END;

CREATE TRIGGER progress_tasks_delete AFTER DELETE ON progress_tasks
BEGIN
    DELETE FROM progress_messages WHERE task_id = OLD.task_id;
    DELETE FROM progress_task_inputs WHERE task_id = OLD.task_id;
END;
