-- Body: map with tasks (JSON list of task_id, epoch). Their leases are given up: any replica may go on at once, but with
-- one that is paused none.
UPDATE progress_tasks
SET owner = NULL,
  lease_until = CASE WHEN paused_at IS NOT NULL AND cancel_requested_at IS NULL THEN '9999-12-31T00:00:00.000Z' END
WHERE (task_id, epoch) IN (SELECT g.value ->> 'task_id', g.value ->> 'epoch' FROM json_each(:#tasks) g)
  AND completed_at IS NULL
RETURNING task_id
