-- Exchange properties: task_id, user_id, seq. Only its own user's task, only once it ended, only its last seq.
UPDATE progress_tasks SET acknowledged_seq = last_seq
WHERE task_id = :#${exchangeProperty.task_id} AND user_id = :#${exchangeProperty.user_id}
  AND completed_at IS NOT NULL AND last_seq = CAST(:#${exchangeProperty.seq} AS INTEGER)
RETURNING task_id, user_id, last_seq
