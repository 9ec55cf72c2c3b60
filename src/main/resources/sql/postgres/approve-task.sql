-- Exchange properties: task_id, caller. No row: it needs no approval or has it already, is cancelled, or has ended. It may be
-- claimed then as soon as its time has come, unless it is paused.
UPDATE progress_tasks
SET approved_by = CAST(:#${exchangeProperty.caller.username} AS text),
  lease_until = CASE WHEN paused_at IS NULL THEN starts_at ELSE lease_until END
WHERE task_id = :#${exchangeProperty.task_id} AND user_id <> CAST(:#${exchangeProperty.caller.userId} AS text)
  AND needs_approval AND approved_by IS NULL AND cancel_requested_at IS NULL AND completed_at IS NULL
RETURNING task_id, status, paused_at, approved_by
