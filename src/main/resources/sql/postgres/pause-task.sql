-- Exchange properties: task_id, user_id (null: anybody's), changed_by (null: a rule of the task). No row: it is paused already, cancelled, or
-- has ended. One that nobody owns is leased to nobody: so nobody claims it.
UPDATE progress_tasks
SET paused_at = date_trunc('milliseconds', clock_timestamp()),
  paused_by = CAST(:#${exchangeProperty.changed_by} AS text),
  lease_until = CASE WHEN owner IS NULL THEN timestamptz '9999-12-31 00:00:00+00' ELSE lease_until END
WHERE task_id = :#${exchangeProperty.task_id}
  AND user_id = coalesce(CAST(:#${exchangeProperty.user_id} AS text), user_id)
  AND paused_at IS NULL AND cancel_requested_at IS NULL AND completed_at IS NULL
RETURNING task_id, status, paused_at, approved_by
