-- Exchange properties: task_id, names (JSON list of nodes).
SELECT node_name, pods, left_out, budgets
FROM progress_task_plans
WHERE task_id = :#${exchangeProperty.task_id} AND node_name IN (SELECT value FROM json_each(:#${exchangeProperty.names}))
