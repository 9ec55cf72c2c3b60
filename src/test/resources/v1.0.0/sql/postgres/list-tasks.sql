-- Exchange properties: user_id (null: everybody's), status (null: any), before (a task_id, null: from the newest), limit.
SELECT t.*, m.message, m.error
FROM progress_tasks t LEFT JOIN progress_messages m ON m.task_id = t.task_id AND m.seq = t.last_seq
WHERE t.user_id = coalesce(CAST(:#${exchangeProperty.user_id} AS text), t.user_id)
  AND t.status = coalesce(CAST(:#${exchangeProperty.status} AS text), t.status)
  AND t.task_id < coalesce(CAST(:#${exchangeProperty.before} AS text), 'g')
ORDER BY t.task_id DESC
LIMIT CAST(:#${exchangeProperty.limit} AS integer)
