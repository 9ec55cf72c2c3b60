-- Body: map with tasks (JSON list of task_id, epoch) and lease_ms. A task that does not come back is no longer held.
WITH given AS MATERIALIZED (
  SELECT g.* FROM jsonb_to_recordset(CAST(:#tasks AS jsonb)) AS g(task_id text, epoch bigint)
), held AS MATERIALIZED (
  SELECT t.task_id, t.epoch FROM progress_tasks t
  WHERE t.task_id = ANY (ARRAY(SELECT given.task_id FROM given))
  ORDER BY t.task_id
  FOR UPDATE
)
UPDATE progress_tasks t
SET lease_until = clock_timestamp() + CAST(:#lease_ms AS bigint) * interval '1 ms'
FROM held h JOIN given g USING (task_id)
WHERE t.task_id = h.task_id AND h.epoch = g.epoch AND t.owner IS NOT NULL AND t.completed_at IS NULL
RETURNING t.task_id, t.epoch, t.cancel_requested_at
