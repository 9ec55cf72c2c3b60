-- Exchange properties: task_id, seq (results up to it: those of one snapshot). In the order they came in.
SELECT current_node, node_status, node_error
FROM progress_messages
WHERE task_id = :#${exchangeProperty.task_id} AND node_final AND seq <= CAST(:#${exchangeProperty.seq} AS bigint)
ORDER BY seq
