-- Exchange properties: user_id (null: everybody's), window_ms. What a new session is shown: running tasks, and those
-- ended within the window and not acknowledged, of these the 50 that ended last. Each row says when the list was asked
-- for; one without a task says it where none is due.
WITH asked AS MATERIALIZED (
  SELECT CAST(:#${exchangeProperty.user_id} AS text) AS user_id,
    clock_timestamp() - CAST(:#${exchangeProperty.window_ms} AS bigint) * interval '1 ms' AS ended_after,
    date_trunc('milliseconds', statement_timestamp()) AS listed_at
), ended AS (
  SELECT task_id, completed_at, acknowledged_seq, last_seq FROM progress_tasks
  WHERE (SELECT user_id IS NOT NULL FROM asked) AND user_id = (SELECT user_id FROM asked)
    AND completed_at > (SELECT ended_after FROM asked)
  UNION ALL
  SELECT task_id, completed_at, acknowledged_seq, last_seq FROM progress_tasks
  WHERE (SELECT user_id IS NULL FROM asked) AND completed_at > (SELECT ended_after FROM asked)
), due AS (
  SELECT task_id FROM progress_tasks
  WHERE completed_at IS NULL AND user_id = coalesce((SELECT user_id FROM asked), user_id)
  UNION ALL
  (SELECT task_id FROM ended WHERE acknowledged_seq < last_seq ORDER BY completed_at DESC, task_id DESC LIMIT 50)
)
SELECT due.task_id, asked.listed_at FROM asked LEFT JOIN due ON true
