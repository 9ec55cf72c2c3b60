-- Body: map with tasks (JSON list of task_id, epoch, paused). Those that somebody wants ended, paused or resumed, and those
-- that are not held any more, where the epoch differs.
SELECT t.task_id, t.epoch, t.cancel_requested_at, t.paused_at, t.paused_by, t.resumed_by
FROM progress_tasks t
  JOIN jsonb_to_recordset(CAST(:#tasks AS jsonb)) AS g(task_id text, epoch bigint, paused boolean) USING (task_id)
WHERE t.cancel_requested_at IS NOT NULL OR t.epoch <> g.epoch OR (t.paused_at IS NOT NULL) <> g.paused
