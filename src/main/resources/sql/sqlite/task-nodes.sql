-- Exchange property: request (TaskRequest: after a position, status or null for any, fetch). Its nodes in the order of the
-- request; what is told of a node is its final row, or the last one before. Gathered by name, then read by its key: a join
-- by name finds no index here, and is quadratic.
WITH told AS (
  SELECT current_node, seq,
    row_number() OVER (PARTITION BY current_node ORDER BY node_final DESC, seq DESC) AS place
  FROM progress_messages
  WHERE task_id = :#${exchangeProperty.request.taskId} AND current_node IS NOT NULL
), asked AS (
  SELECT node_name, max(task_id) AS task_id, max(position) AS position, max(seq) AS seq
  FROM (
    SELECT n.value AS node_name, i.task_id, n.key + 1 AS position, NULL AS seq
    FROM progress_task_inputs i JOIN json_each(i.node_names) n
    WHERE i.task_id = :#${exchangeProperty.request.taskId}
    UNION ALL
    SELECT current_node, NULL, NULL, seq FROM told WHERE place = 1)
  GROUP BY node_name
), nodes AS (
  SELECT a.position, a.node_name, m.message, m.node_error AS error, m.started_at, m.created_at AS updated_at, m.attempts, m.change,
    CASE WHEN m.node_final OR m.node_status = 'interrupted' THEN m.created_at END AS ended_at,
    CASE WHEN m.current_node IS NULL THEN 'waiting' WHEN m.node_final OR t.completed_at IS NULL THEN m.node_status
         ELSE 'interrupted' END AS status
  FROM asked a JOIN progress_tasks t USING (task_id)
    LEFT JOIN progress_messages m ON m.task_id = a.task_id AND m.seq = a.seq
)
SELECT * FROM nodes
WHERE position > CAST(:#${exchangeProperty.request.after} AS INTEGER)
  AND status = coalesce(CAST(:#${exchangeProperty.request.status} AS TEXT), status)
ORDER BY position
LIMIT CAST(:#${exchangeProperty.request.fetch} AS INTEGER)
