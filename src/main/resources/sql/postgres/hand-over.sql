-- Body: map with tasks (JSON list of task_id, epoch). Their leases are given up: any replica may go on at once, but with
-- one that is paused none.
WITH given AS MATERIALIZED (
  SELECT g.* FROM jsonb_to_recordset(CAST(:#tasks AS jsonb)) AS g(task_id text, epoch bigint)
), held AS MATERIALIZED (
  SELECT t.task_id, t.epoch FROM progress_tasks t
  WHERE t.task_id = ANY (ARRAY(SELECT given.task_id FROM given))
  ORDER BY t.task_id
  FOR UPDATE
)
UPDATE progress_tasks t
SET owner = NULL,
  lease_until = CASE WHEN t.paused_at IS NOT NULL AND t.cancel_requested_at IS NULL THEN timestamptz '9999-12-31 00:00:00+00' END
FROM held h JOIN given g USING (task_id)
WHERE t.task_id = h.task_id AND h.epoch = g.epoch AND t.completed_at IS NULL
RETURNING t.task_id
