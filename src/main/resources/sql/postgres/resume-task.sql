-- Exchange properties: task_id, user_id (null: anybody's), changed_by. No row: it is not paused, or has ended. One that
-- nobody owns may be claimed again, once it may start.
UPDATE progress_tasks
SET paused_at = NULL, paused_by = NULL, resumed_by = CAST(:#${exchangeProperty.changed_by} AS text),
  lease_until = CASE WHEN owner IS NOT NULL OR (needs_approval AND approved_by IS NULL) THEN lease_until
                     WHEN status = 'pending' THEN starts_at END
WHERE task_id = :#${exchangeProperty.task_id}
  AND user_id = coalesce(CAST(:#${exchangeProperty.user_id} AS text), user_id)
  AND paused_at IS NOT NULL AND completed_at IS NULL
RETURNING task_id, status, paused_at, approved_by
