-- Exchange property: request (TaskRequest: after a position, status or null for any, fetch). Its nodes in the order of the
-- request; what is told of a node is its final row, or the last one before.
WITH told AS MATERIALIZED (
  SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY current_node ORDER BY node_final DESC, seq DESC) AS place
    FROM progress_messages
    WHERE task_id = :#${exchangeProperty.request.taskId} AND current_node IS NOT NULL)
  WHERE place = 1
), nodes AS (
  SELECT n.key + 1 AS position, n.value AS node_name, m.message, m.node_error AS error, m.started_at, m.attempts,
    CASE WHEN m.node_final OR m.node_status = 'interrupted' THEN m.created_at END AS ended_at,
    CASE WHEN m.current_node IS NULL THEN 'waiting' WHEN m.node_final OR t.completed_at IS NULL THEN m.node_status
         ELSE 'interrupted' END AS status
  FROM progress_tasks t JOIN progress_task_inputs i USING (task_id) JOIN json_each(i.node_names) n
    LEFT JOIN told m ON m.current_node = n.value
  WHERE t.task_id = :#${exchangeProperty.request.taskId}
)
SELECT * FROM nodes
WHERE position > CAST(:#${exchangeProperty.request.after} AS INTEGER)
  AND status = coalesce(CAST(:#${exchangeProperty.request.status} AS TEXT), status)
ORDER BY position
LIMIT CAST(:#${exchangeProperty.request.fetch} AS INTEGER)
