-- Exchange properties: task_id. The nodes without a final result, in the order of the request.
SELECT n.node_name
FROM progress_task_inputs i CROSS JOIN LATERAL jsonb_array_elements_text(i.node_names) WITH ORDINALITY AS n(node_name, place)
WHERE i.task_id = :#${exchangeProperty.task_id}
  AND NOT EXISTS (SELECT FROM progress_messages m
                  WHERE m.task_id = i.task_id AND m.current_node = n.node_name AND m.node_final)
ORDER BY n.place
