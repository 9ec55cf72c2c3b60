-- Exchange properties: task_id, names (JSON list of nodes).
SELECT node_name, CAST(pods AS text) AS pods, left_out, CAST(budgets AS text) AS budgets
FROM progress_task_plans
WHERE task_id = :#${exchangeProperty.task_id}
  AND node_name IN (SELECT jsonb_array_elements_text(CAST(:#${exchangeProperty.names} AS jsonb)))
