-- The end that is to be posted next, with what is told of it.
SELECT e.task_id, t.user_id, t.action, t.cluster_name, t.status, t.total, t.success_count, t.failed_count, t.retry_of,
  t.cancelled_by, t.created_at, t.started_at, t.completed_at, i.username, i.reason, CAST(i.params AS text) AS params,
  m.error,
  (SELECT CAST(coalesce(jsonb_agg(jsonb_build_object('node_name', r.current_node, 'error', r.node_error)
                                  ORDER BY r.seq), '[]') AS text)
   FROM (SELECT seq, current_node, node_error FROM progress_messages
         WHERE task_id = e.task_id AND node_final AND node_status = 'failed' ORDER BY seq LIMIT 20) r) AS failed_nodes
FROM progress_ends e JOIN progress_tasks t USING (task_id) LEFT JOIN progress_task_inputs i USING (task_id)
  LEFT JOIN progress_messages m ON m.task_id = t.task_id AND m.seq = t.last_seq
WHERE e.next_at <= clock_timestamp()
ORDER BY e.next_at, e.task_id
LIMIT 1
