-- Body: map with tasks (JSON list of task_id, epoch). Their leases are given up: any replica may go on at once.
UPDATE progress_tasks SET owner = NULL, lease_until = NULL
WHERE (task_id, epoch) IN (SELECT g.value ->> 'task_id', g.value ->> 'epoch' FROM json_each(:#tasks) g)
  AND completed_at IS NULL
RETURNING task_id
