-- Exchange properties: task_id. The nodes without a final result, in the order of the request.
SELECT n.value AS node_name
FROM progress_task_inputs i JOIN json_each(i.node_names) n
WHERE i.task_id = :#${exchangeProperty.task_id}
  AND n.value NOT IN (SELECT m.current_node FROM progress_messages m WHERE m.task_id = i.task_id AND m.node_final)
ORDER BY n.key
