-- Exchange properties: task_id, user_id (null: anybody's). What a retry needs: the nodes that failed or were not tried.
SELECT t.task_id, t.user_id, t.action, t.cluster_name, t.completed_at, CAST(i.params AS text) AS params, i.concurrency,
  (SELECT CAST(coalesce(jsonb_agg(n.node_name ORDER BY n.place), '[]') AS text)
   FROM jsonb_array_elements_text(i.node_names) WITH ORDINALITY AS n(node_name, place)
   WHERE NOT EXISTS (SELECT FROM progress_messages m
                     WHERE m.task_id = t.task_id AND m.current_node = n.node_name AND m.node_final
                       AND m.node_status = 'succeeded')) AS node_names
FROM progress_tasks t JOIN progress_task_inputs i USING (task_id)
WHERE t.task_id = :#${exchangeProperty.task_id}
  AND t.user_id = coalesce(CAST(:#${exchangeProperty.user_id} AS text), t.user_id)
