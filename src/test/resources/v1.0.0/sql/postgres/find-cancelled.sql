-- Body: map with tasks (JSON list of task_id, epoch). Those that somebody wants ended, and those that are not held any
-- more, where the epoch differs.
SELECT t.task_id, t.epoch, t.cancel_requested_at
FROM progress_tasks t JOIN jsonb_to_recordset(CAST(:#tasks AS jsonb)) AS g(task_id text, epoch bigint) USING (task_id)
WHERE t.cancel_requested_at IS NOT NULL OR t.epoch <> g.epoch
