-- Exchange properties: task_id, user_id (null: anybody's), now, cancelled_by: the first who wishes it is told. What waits for
-- its time waits no longer. No row: there is none, or it has ended.
UPDATE progress_tasks
SET cancel_requested_at = coalesce(cancel_requested_at, CAST(:#${exchangeProperty.now} AS text)),
  lease_until = CASE WHEN owner IS NOT NULL THEN lease_until END,
  cancelled_by = CASE WHEN cancel_requested_at IS NULL THEN CAST(:#${exchangeProperty.cancelled_by} AS text)
                      ELSE cancelled_by END
WHERE task_id = :#${exchangeProperty.task_id}
  AND user_id = coalesce(CAST(:#${exchangeProperty.user_id} AS text), user_id)
  AND completed_at IS NULL
RETURNING task_id, user_id, status, owner, epoch, cancel_requested_at
