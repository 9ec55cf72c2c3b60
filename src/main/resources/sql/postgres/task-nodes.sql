-- Exchange property: request (TaskRequest: after a position, status or null for any, fetch). Its nodes in the order of the
-- request; what is told of a node is its final row, or the last one before.
WITH told AS MATERIALIZED (
  SELECT DISTINCT ON (current_node) current_node, node_status, node_final, message, node_error, started_at, created_at,
    attempts, change
  FROM progress_messages
  WHERE task_id = :#${exchangeProperty.request.taskId} AND current_node IS NOT NULL
  ORDER BY current_node, node_final DESC, seq DESC
), nodes AS (
  SELECT n.position, n.node_name, m.message, m.node_error AS error, m.started_at, m.created_at AS updated_at,
    m.attempts, CAST(m.change AS text) AS change,
    CASE WHEN m.node_final OR m.node_status = 'interrupted' THEN m.created_at END AS ended_at,
    CASE WHEN m.current_node IS NULL THEN 'waiting' WHEN m.node_final OR t.completed_at IS NULL THEN m.node_status
         ELSE 'interrupted' END AS status
  FROM progress_tasks t JOIN progress_task_inputs i USING (task_id)
    CROSS JOIN LATERAL jsonb_array_elements_text(i.node_names) WITH ORDINALITY AS n(node_name, position)
    LEFT JOIN told m ON m.current_node = n.node_name
  WHERE t.task_id = :#${exchangeProperty.request.taskId}
)
SELECT * FROM nodes
WHERE position > CAST(:#${exchangeProperty.request.after} AS bigint)
  AND status = coalesce(CAST(:#${exchangeProperty.request.status} AS text), status)
ORDER BY position
LIMIT CAST(:#${exchangeProperty.request.fetch} AS integer)
