-- Body: map with tasks (JSON list of task_id, epoch) and lease_ms. A task that does not come back is no longer held.
UPDATE progress_tasks
SET lease_until = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', (CAST(:#lease_ms AS INTEGER) / 1000.0) || ' seconds')
WHERE (task_id, epoch) IN (SELECT g.value ->> 'task_id', g.value ->> 'epoch' FROM json_each(:#tasks) g)
  AND owner IS NOT NULL AND completed_at IS NULL
RETURNING task_id, epoch, cancel_requested_at
