-- Body: map with tasks (JSON list of task_id, epoch, paused). Those that somebody wants ended, paused or resumed, and those
-- that are not held any more, where the epoch differs.
SELECT t.task_id, t.epoch, t.cancel_requested_at, t.paused_at, t.paused_by, t.resumed_by
FROM json_each(:#tasks) g JOIN progress_tasks t ON t.task_id = g.value ->> 'task_id'
WHERE t.cancel_requested_at IS NOT NULL OR t.epoch <> g.value ->> 'epoch'
  OR (t.paused_at IS NOT NULL) <> (g.value ->> 'paused')
