-- Exchange property: request (TaskRequest). One task with the results of its nodes, of one moment.
SELECT t.*, i.username, i.reason, i.concurrency, CAST(i.params AS text) AS params, m.message, m.error,
  (SELECT CAST(coalesce(jsonb_agg(r.current_node ORDER BY r.seq), '[]') AS text) FROM progress_messages r
   WHERE r.task_id = t.task_id AND r.node_final AND r.node_status = 'succeeded') AS success_nodes,
  (SELECT CAST(coalesce(jsonb_agg(jsonb_build_object('node', r.current_node, 'error', r.node_error) ORDER BY r.seq), '[]')
               AS text) FROM progress_messages r
   WHERE r.task_id = t.task_id AND r.node_final AND r.node_status = 'failed') AS failed_nodes
FROM progress_tasks t JOIN progress_task_inputs i USING (task_id)
  LEFT JOIN progress_messages m ON m.task_id = t.task_id AND m.seq = t.last_seq
WHERE t.task_id = :#${exchangeProperty.request.taskId}
  AND t.user_id = coalesce(CAST(:#${exchangeProperty.request.visibleTo} AS text), t.user_id)
