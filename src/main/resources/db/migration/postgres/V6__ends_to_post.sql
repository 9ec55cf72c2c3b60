-- Ends of tasks that are to be posted, a row each until it was. A trigger writes them with the end itself, whichever
-- version of a replica writes that; and only where a replica has posted within a day: else nobody would take them.
CREATE TABLE progress_ends (
    task_id  text COLLATE "C" PRIMARY KEY,
    ended_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    next_at  timestamptz NOT NULL
);

CREATE INDEX progress_ends_by_turn ON progress_ends (next_at);

-- One row: the replica that posts, and since when nobody answers it.
CREATE TABLE progress_webhook (
    id          integer PRIMARY KEY CHECK (id = 1),
    owner       text NOT NULL,
    lease_until timestamptz NOT NULL,
    failures    integer NOT NULL DEFAULT 0,
    next_at     timestamptz
);

CREATE FUNCTION progress_note_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO progress_ends (task_id, ended_at, next_at)
    SELECT NEW.task_id, clock_timestamp(), clock_timestamp()
    FROM progress_webhook WHERE lease_until > clock_timestamp() - interval '1 day'
    ON CONFLICT (task_id) DO NOTHING;
    RETURN NULL;
END
$$;

CREATE TRIGGER progress_tasks_note_end AFTER UPDATE OF completed_at ON progress_tasks
FOR EACH ROW WHEN (OLD.completed_at IS NULL AND NEW.completed_at IS NOT NULL)
EXECUTE FUNCTION progress_note_end();
