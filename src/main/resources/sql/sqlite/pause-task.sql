-- Exchange properties: task_id, user_id (null: anybody's), changed_by (null: a rule of the task). No row: it is paused already, cancelled, or
-- has ended. One that nobody owns is leased to nobody: so nobody claims it.
UPDATE progress_tasks
SET paused_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),
  paused_by = CAST(:#${exchangeProperty.changed_by} AS TEXT),
  lease_until = CASE WHEN owner IS NULL THEN '9999-12-31T00:00:00.000Z' ELSE lease_until END
WHERE task_id = :#${exchangeProperty.task_id}
  AND user_id = coalesce(CAST(:#${exchangeProperty.user_id} AS TEXT), user_id)
  AND paused_at IS NULL AND cancel_requested_at IS NULL AND completed_at IS NULL
RETURNING task_id, status, paused_at, approved_by
