-- Only adds: replicas of V1 go on writing these tables beside those of V2, with statements that know nothing of it.
-- What they leave out stays null, and what is looked for is filled in by a trigger.
-- Lists and histories are looked for here, where nothing is ever updated: user, cluster and action are copies.
ALTER TABLE progress_task_inputs
    ADD COLUMN user_id      text COLLATE "C",
    ADD COLUMN cluster_name text,
    ADD COLUMN action       text,
    ADD COLUMN username     text,
    ADD COLUMN reason       text,
    ADD COLUMN traceparent  text;

CREATE FUNCTION progress_task_inputs_copy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT t.user_id, t.cluster_name, t.action INTO NEW.user_id, NEW.cluster_name, NEW.action
    FROM progress_tasks t WHERE t.task_id = NEW.task_id;
    NEW.reason := NEW.params ->> 'reason';
    RETURN NEW;
END $$;

CREATE TRIGGER progress_task_inputs_insert BEFORE INSERT ON progress_task_inputs
    FOR EACH ROW EXECUTE FUNCTION progress_task_inputs_copy();

UPDATE progress_task_inputs i
SET user_id = t.user_id, cluster_name = t.cluster_name, action = t.action, reason = i.params ->> 'reason'
FROM progress_tasks t WHERE t.task_id = i.task_id;

CREATE INDEX progress_task_inputs_by_user ON progress_task_inputs (user_id, task_id);
CREATE INDEX progress_task_inputs_by_cluster ON progress_task_inputs (cluster_name, task_id);
-- For node_names @> to_jsonb(name).
CREATE INDEX progress_task_inputs_by_node ON progress_task_inputs USING gin (node_names jsonb_path_ops);

-- Which clusters a replica knows, and when it was last there.
CREATE TABLE progress_replicas (
    replica  text PRIMARY KEY,
    clusters jsonb NOT NULL,
    seen_at  timestamptz NOT NULL
);

-- Last, since this keeps everybody from writing progress until it is committed, a moment later.
ALTER TABLE progress_tasks
    ADD COLUMN started_at   timestamptz,
    ADD COLUMN cancelled_by text,
    ADD COLUMN paused_at    timestamptz,
    ADD COLUMN starts_at    timestamptz,
    ADD COLUMN approved_by  text,
    -- Since then only its last message and one row a node are left.
    ADD COLUMN reduced_at   timestamptz;

-- Touched when a task ends and when it is reduced, by no write in between.
CREATE INDEX progress_tasks_to_reduce ON progress_tasks (completed_at)
    WHERE reduced_at IS NULL AND completed_at IS NOT NULL;

-- Of a node's final row. change: a JSON object of up to 1 KiB, what was changed from what.
ALTER TABLE progress_messages
    ADD COLUMN started_at timestamptz,
    ADD COLUMN attempts   integer,
    ADD COLUMN step       text,
    ADD COLUMN change     jsonb;
