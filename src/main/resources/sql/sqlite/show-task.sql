-- Exchange property: request (TaskRequest). One task with the results of its nodes, of one moment.
SELECT t.*, i.username, i.reason, i.concurrency, i.params, m.message, m.error,
  (SELECT json_group_array(r.current_node)
   FROM (SELECT current_node FROM progress_messages
         WHERE task_id = t.task_id AND node_final AND node_status = 'succeeded' ORDER BY seq) r) AS success_nodes,
  (SELECT json_group_array(json_object('node', r.current_node, 'error', r.node_error))
   FROM (SELECT current_node, node_error FROM progress_messages
         WHERE task_id = t.task_id AND node_final AND node_status = 'failed' ORDER BY seq) r) AS failed_nodes
FROM progress_tasks t JOIN progress_task_inputs i USING (task_id)
  LEFT JOIN progress_messages m ON m.task_id = t.task_id AND m.seq = t.last_seq
WHERE t.task_id = :#${exchangeProperty.request.taskId}
  AND t.user_id = coalesce(CAST(:#${exchangeProperty.request.visibleTo} AS TEXT), t.user_id)
