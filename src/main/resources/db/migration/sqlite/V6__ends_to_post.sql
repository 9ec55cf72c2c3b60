-- Ends of tasks that are to be posted, a row each until it was. A trigger writes them with the end itself, whichever
-- version of a replica writes that; and only where a replica has posted within a day: else nobody would take them.
CREATE TABLE progress_ends (
    task_id  TEXT PRIMARY KEY,
    ended_at TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at  TEXT NOT NULL
);

CREATE INDEX progress_ends_by_turn ON progress_ends (next_at);

-- One row: the replica that posts, and since when nobody answers it.
CREATE TABLE progress_webhook (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    owner       TEXT NOT NULL,
    lease_until TEXT NOT NULL,
    failures    INTEGER NOT NULL DEFAULT 0,
    next_at     TEXT
);

CREATE TRIGGER progress_tasks_note_end AFTER UPDATE OF completed_at ON progress_tasks
WHEN OLD.completed_at IS NULL AND NEW.completed_at IS NOT NULL
BEGIN
    INSERT OR IGNORE INTO progress_ends (task_id, ended_at, next_at)
    SELECT NEW.task_id, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
    FROM progress_webhook WHERE lease_until > strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-1 day');
END;
