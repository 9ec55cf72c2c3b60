-- Exchange property: request (NodeRequest: visibleTo or null, cluster, node, after, a task_id or null). The tasks that had
-- the node, newest first, each with what became of it.
SELECT t.task_id, t.user_id, i.username, t.action, t.cluster_name, i.reason, t.status AS task_status, t.created_at,
  m.message, m.node_error AS error, m.started_at, m.created_at AS updated_at, m.attempts, m.change,
  CASE WHEN m.node_final OR m.node_status = 'interrupted' THEN m.created_at END AS ended_at,
  CASE WHEN m.seq IS NULL THEN 'waiting' WHEN m.node_final OR t.completed_at IS NULL THEN m.node_status
       ELSE 'interrupted' END AS status
FROM progress_task_nodes n JOIN progress_task_inputs i USING (task_id) JOIN progress_tasks t USING (task_id)
  LEFT JOIN progress_messages m ON m.task_id = t.task_id AND m.seq = (
    SELECT seq FROM progress_messages
    WHERE task_id = n.task_id AND current_node = CAST(:#${exchangeProperty.request.node} AS TEXT)
    ORDER BY node_final DESC, seq DESC LIMIT 1)
WHERE n.node_name = CAST(:#${exchangeProperty.request.node} AS TEXT)
  AND i.cluster_name = CAST(:#${exchangeProperty.request.cluster} AS TEXT)
  AND t.user_id = coalesce(CAST(:#${exchangeProperty.request.visibleTo} AS TEXT), t.user_id)
  AND n.task_id < coalesce(CAST(:#${exchangeProperty.request.after} AS TEXT), 'g')
ORDER BY n.task_id DESC
LIMIT CAST(:#${exchangeProperty.request.fetch} AS INTEGER)
