-- Exchange property: request (NodeRequest: visibleTo or null, cluster, node, after, a task_id or null). The tasks that had
-- the node, newest first, each with what became of it.
SELECT t.task_id, t.user_id, i.username, t.action, t.cluster_name, i.reason, t.status AS task_status, t.created_at,
  m.message, m.node_error AS error, m.started_at, m.created_at AS updated_at, m.attempts, CAST(m.change AS text) AS change,
  CASE WHEN m.node_final OR m.node_status = 'interrupted' THEN m.created_at END AS ended_at,
  CASE WHEN m.seq IS NULL THEN 'waiting' WHEN m.node_final OR t.completed_at IS NULL THEN m.node_status
       ELSE 'interrupted' END AS status
FROM progress_task_inputs i JOIN progress_tasks t USING (task_id)
  LEFT JOIN LATERAL (SELECT * FROM progress_messages
                     WHERE task_id = i.task_id AND current_node = CAST(:#${exchangeProperty.request.node} AS text)
                     ORDER BY node_final DESC, seq DESC LIMIT 1) m ON true
WHERE i.node_names @> to_jsonb(CAST(:#${exchangeProperty.request.node} AS text))
  AND i.cluster_name = CAST(:#${exchangeProperty.request.cluster} AS text)
  AND t.user_id = coalesce(CAST(:#${exchangeProperty.request.visibleTo} AS text), t.user_id)
  AND i.task_id < coalesce(CAST(:#${exchangeProperty.request.after} AS text), 'g')
ORDER BY i.task_id DESC
LIMIT CAST(:#${exchangeProperty.request.fetch} AS integer)
