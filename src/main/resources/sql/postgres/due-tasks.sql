-- Exchange properties: user_id (null: everybody's), window_ms. What a new session is shown: running tasks, and those
-- ended within the window and not acknowledged; the newest 50, running ones first.
SELECT t.*, m.message, m.error, m.type, m.current_node, m.node_status, m.node_error, m.created_at AS message_at
FROM (
  SELECT * FROM progress_tasks
  WHERE CAST(:#${exchangeProperty.user_id} AS text) IS NOT NULL
    AND user_id = :#${exchangeProperty.user_id}
    AND (completed_at IS NULL
         OR completed_at > clock_timestamp() - CAST(:#${exchangeProperty.window_ms} AS bigint) * interval '1 ms')
  UNION ALL
  SELECT * FROM progress_tasks
  WHERE CAST(:#${exchangeProperty.user_id} AS text) IS NULL
    AND (completed_at IS NULL
         OR completed_at > clock_timestamp() - CAST(:#${exchangeProperty.window_ms} AS bigint) * interval '1 ms')
) t LEFT JOIN progress_messages m ON m.task_id = t.task_id AND m.seq = t.last_seq
WHERE t.completed_at IS NULL OR t.acknowledged_seq < t.last_seq
ORDER BY t.completed_at IS NULL DESC, t.task_id DESC
LIMIT 50
