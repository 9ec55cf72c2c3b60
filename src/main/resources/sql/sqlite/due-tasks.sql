-- Exchange properties: user_id (null: everybody's), window_ms. What a new session is shown: running tasks, and those
-- ended within the window and not acknowledged, of these the 50 that ended last. Each row says when the list was asked
-- for; one without a task says it where none is due.
SELECT due.task_id, asked.listed_at
FROM (SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now') AS listed_at) asked LEFT JOIN (
  SELECT t.task_id, t.completed_at,
    row_number() OVER (PARTITION BY t.completed_at IS NULL ORDER BY t.completed_at DESC, t.task_id DESC) AS place
  FROM progress_tasks t
  WHERE t.user_id = coalesce(:#${exchangeProperty.user_id}, t.user_id)
    AND (t.completed_at IS NULL
         OR (t.completed_at > strftime('%Y-%m-%dT%H:%M:%fZ', 'now',
                                       '-' || (CAST(:#${exchangeProperty.window_ms} AS INTEGER) / 1000.0) || ' seconds')
             AND t.acknowledged_seq < t.last_seq))) due
ON due.completed_at IS NULL OR due.place <= 50
