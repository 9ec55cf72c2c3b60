-- Exchange properties: user_id (null: everybody's), window_ms. What a new session is shown: running tasks, and those
-- ended within the window and not acknowledged; the newest 50, running ones first.
SELECT t.*, m.message, m.error, m.type, m.current_node, m.node_status, m.node_error, m.created_at AS message_at
FROM progress_tasks t LEFT JOIN progress_messages m ON m.task_id = t.task_id AND m.seq = t.last_seq
WHERE t.user_id = coalesce(:#${exchangeProperty.user_id}, t.user_id)
  AND (t.completed_at IS NULL
       OR (t.completed_at > strftime('%Y-%m-%dT%H:%M:%fZ', 'now',
                                     (CAST(:#${exchangeProperty.window_ms} AS INTEGER) / -1000.0) || ' seconds')
           AND t.acknowledged_seq < t.last_seq))
ORDER BY t.completed_at IS NULL DESC, t.task_id DESC
LIMIT 50
