-- Exchange property: task_id. The budgets that each node of a dry run meets.
SELECT p.node_name, p.budgets
FROM progress_task_plans p
WHERE p.task_id = :#${exchangeProperty.task_id} AND p.budgets IS NOT NULL
ORDER BY p.node_name
