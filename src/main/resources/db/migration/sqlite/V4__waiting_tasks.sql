-- The migration of PostgreSQL.
ALTER TABLE progress_tasks ADD COLUMN paused_by TEXT;
ALTER TABLE progress_tasks ADD COLUMN resumed_by TEXT;
ALTER TABLE progress_tasks ADD COLUMN needs_approval INTEGER;

DROP TRIGGER progress_new_tasks_insert;

CREATE TRIGGER progress_new_tasks_insert INSTEAD OF INSERT ON progress_new_tasks
BEGIN
    INSERT OR IGNORE INTO progress_tasks (task_id, user_id, action, cluster_name, status, total, owner, epoch,
                                          lease_until, idempotency_key, retry_of, created_at, updated_at, started_at,
                                          starts_at, needs_approval)
    VALUES (NEW.task_id, NEW.user_id, NEW.action, NEW.cluster_name, NEW.status, NEW.total, NEW.owner, NEW.epoch,
            NEW.lease_until, NEW.idempotency_key, NEW.retry_of, NEW.created_at, NEW.created_at,
            CASE WHEN NEW.status = 'running' THEN NEW.created_at END, NEW.starts_at, NEW.needs_approval);
    INSERT OR IGNORE INTO progress_task_inputs (task_id, node_names, params, concurrency, request_hash, username,
                                                traceparent)
    SELECT task_id, NEW.node_names, NEW.params, NEW.concurrency, NEW.request_hash, NEW.username, NEW.traceparent
    FROM progress_tasks WHERE task_id = NEW.task_id;
END;
