-- Exchange properties: task_id, user_id (null: anybody's).
SELECT t.*, m.message, m.error, m.current_node, m.node_status, m.node_error, m.created_at AS message_at
FROM progress_tasks t LEFT JOIN progress_messages m ON m.task_id = t.task_id AND m.seq = t.last_seq
WHERE t.task_id = :#${exchangeProperty.task_id}
  AND t.user_id = coalesce(CAST(:#${exchangeProperty.user_id} AS text), t.user_id)
