-- Exchange properties: task_id, user_id (null: anybody's). What a retry needs: the nodes that failed or were not tried.
SELECT t.task_id, t.user_id, t.action, t.cluster_name, t.completed_at, i.params, i.concurrency,
  (SELECT json_group_array(n.value) FROM json_each(i.node_names) n
   WHERE n.value NOT IN (SELECT m.current_node FROM progress_messages m
                         WHERE m.task_id = t.task_id AND m.node_final AND m.node_status = 'succeeded')) AS node_names
FROM progress_tasks t JOIN progress_task_inputs i USING (task_id)
WHERE t.task_id = :#${exchangeProperty.task_id} AND t.user_id = coalesce(:#${exchangeProperty.user_id}, t.user_id)
