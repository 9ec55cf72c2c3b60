-- Exchange properties: user_id (null: everybody's), window_ms. What a new session is shown: running tasks, and those
-- ended within the window and not acknowledged; the newest 50, running ones first. Two branches, so that each can use
-- its index.
WITH given AS MATERIALIZED (
  SELECT CAST(:#${exchangeProperty.user_id} AS text) AS user_id,
    clock_timestamp() - CAST(:#${exchangeProperty.window_ms} AS bigint) * interval '1 ms' AS ended_after
)
SELECT t.*, m.message, m.error, m.type, m.current_node, m.node_status, m.node_error, m.created_at AS message_at
FROM (
  SELECT p.* FROM given g JOIN progress_tasks p ON p.user_id = g.user_id
    AND (p.completed_at IS NULL OR p.completed_at > g.ended_after)
  UNION ALL
  SELECT p.* FROM given g JOIN progress_tasks p ON g.user_id IS NULL
    AND (p.completed_at IS NULL OR p.completed_at > g.ended_after)
) t LEFT JOIN progress_messages m ON m.task_id = t.task_id AND m.seq = t.last_seq
WHERE t.completed_at IS NULL OR t.acknowledged_seq < t.last_seq
ORDER BY t.completed_at IS NULL DESC, t.task_id DESC
LIMIT 50
