-- The migration of PostgreSQL. V1 writes through the views: their columns stay, and their triggers do what is new.
ALTER TABLE progress_tasks ADD COLUMN started_at TEXT;
ALTER TABLE progress_tasks ADD COLUMN cancelled_by TEXT;
ALTER TABLE progress_tasks ADD COLUMN paused_at TEXT;
ALTER TABLE progress_tasks ADD COLUMN starts_at TEXT;
ALTER TABLE progress_tasks ADD COLUMN approved_by TEXT;
ALTER TABLE progress_tasks ADD COLUMN reduced_at TEXT;

CREATE INDEX progress_tasks_to_reduce ON progress_tasks (completed_at)
    WHERE reduced_at IS NULL AND completed_at IS NOT NULL;

ALTER TABLE progress_messages ADD COLUMN started_at TEXT;
ALTER TABLE progress_messages ADD COLUMN attempts INTEGER;
ALTER TABLE progress_messages ADD COLUMN step TEXT;
ALTER TABLE progress_messages ADD COLUMN change TEXT;

ALTER TABLE progress_task_inputs ADD COLUMN user_id TEXT;
ALTER TABLE progress_task_inputs ADD COLUMN cluster_name TEXT;
ALTER TABLE progress_task_inputs ADD COLUMN action TEXT;
ALTER TABLE progress_task_inputs ADD COLUMN username TEXT;
ALTER TABLE progress_task_inputs ADD COLUMN reason TEXT;
ALTER TABLE progress_task_inputs ADD COLUMN traceparent TEXT;

-- node_names by node, for want of an index on what a JSON text holds.
CREATE TABLE progress_task_nodes (
    node_name TEXT NOT NULL,
    task_id   TEXT NOT NULL,
    PRIMARY KEY (node_name, task_id)
) WITHOUT ROWID;

CREATE TRIGGER progress_task_inputs_insert AFTER INSERT ON progress_task_inputs
BEGIN
    UPDATE progress_task_inputs
    SET (user_id, cluster_name, action) =
            (SELECT t.user_id, t.cluster_name, t.action FROM progress_tasks t WHERE t.task_id = NEW.task_id),
        reason = NEW.params ->> 'reason'
    WHERE task_id = NEW.task_id;
    INSERT INTO progress_task_nodes (node_name, task_id)
    SELECT n.value, NEW.task_id FROM json_each(NEW.node_names) n;
END;

CREATE TRIGGER progress_task_inputs_delete AFTER DELETE ON progress_task_inputs
BEGIN
    DELETE FROM progress_task_nodes
    WHERE task_id = OLD.task_id AND node_name IN (SELECT n.value FROM json_each(OLD.node_names) n);
END;

UPDATE progress_task_inputs
SET user_id = t.user_id, cluster_name = t.cluster_name, action = t.action,
    reason = progress_task_inputs.params ->> 'reason'
FROM progress_tasks t WHERE t.task_id = progress_task_inputs.task_id;

INSERT INTO progress_task_nodes (node_name, task_id)
SELECT n.value, i.task_id FROM progress_task_inputs i JOIN json_each(i.node_names) n;

CREATE INDEX progress_task_inputs_by_user ON progress_task_inputs (user_id, task_id);
CREATE INDEX progress_task_inputs_by_cluster ON progress_task_inputs (cluster_name, task_id);

CREATE TABLE progress_replicas (
    replica  TEXT PRIMARY KEY,
    clusters TEXT NOT NULL,
    seen_at  TEXT NOT NULL
);

DROP TRIGGER progress_writes_insert;

CREATE TRIGGER progress_writes_insert INSTEAD OF INSERT ON progress_writes
BEGIN
    INSERT INTO progress_messages (task_id, epoch, seq, user_id, type, action, current, total, success_count,
                                   failed_count, current_node, node_status, node_error, node_final, message, error,
                                   created_at, started_at, attempts, step, change)
    SELECT t.task_id, t.epoch, m.value ->> 'seq', t.user_id, m.value ->> 'type', t.action, m.value ->> 'current',
           t.total, m.value ->> 'success_count', m.value ->> 'failed_count', m.value ->> 'current_node',
           m.value ->> 'node_status', m.value ->> 'node_error', m.value ->> 'node_final', m.value ->> 'message',
           m.value ->> 'error', m.value ->> 'created_at', m.value ->> 'started_at', m.value ->> 'attempts',
           m.value ->> 'step', m.value ->> 'change'
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

DROP VIEW progress_new_tasks;

CREATE VIEW progress_new_tasks AS
SELECT t.*, i.node_names, i.params, i.concurrency, i.request_hash, i.username, i.traceparent
FROM progress_tasks t JOIN progress_task_inputs i USING (task_id);

CREATE TRIGGER progress_new_tasks_insert INSTEAD OF INSERT ON progress_new_tasks
BEGIN
    INSERT OR IGNORE INTO progress_tasks (task_id, user_id, action, cluster_name, status, total, owner, epoch,
                                          lease_until, idempotency_key, retry_of, created_at, updated_at, started_at)
    VALUES (NEW.task_id, NEW.user_id, NEW.action, NEW.cluster_name, NEW.status, NEW.total, NEW.owner, NEW.epoch,
            NEW.lease_until, NEW.idempotency_key, NEW.retry_of, NEW.created_at, NEW.created_at,
            CASE WHEN NEW.status = 'running' THEN NEW.created_at END);
    INSERT OR IGNORE INTO progress_task_inputs (task_id, node_names, params, concurrency, request_hash, username,
                                                traceparent)
    SELECT task_id, NEW.node_names, NEW.params, NEW.concurrency, NEW.request_hash, NEW.username, NEW.traceparent
    FROM progress_tasks WHERE task_id = NEW.task_id;
END;

-- Of each node the last row is kept, its final one where there is one, and the task's last message.
CREATE TRIGGER progress_tasks_reduce AFTER UPDATE OF reduced_at ON progress_tasks
WHEN OLD.reduced_at IS NULL AND NEW.reduced_at IS NOT NULL
BEGIN
    DELETE FROM progress_messages
    WHERE task_id = NEW.task_id AND seq <> NEW.last_seq
      AND seq NOT IN (SELECT m.seq
                      FROM (SELECT n.seq, row_number() OVER (PARTITION BY n.current_node
                                                             ORDER BY n.node_final DESC, n.seq DESC) AS place
                            FROM progress_messages n
                            WHERE n.task_id = NEW.task_id AND n.current_node IS NOT NULL) m
                      WHERE m.place = 1);
END;
