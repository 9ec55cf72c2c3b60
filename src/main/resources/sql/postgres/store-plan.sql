-- Body: map with task_id, epoch, node_name, pods (JSON object), left_out, budgets (JSON object or null). Only the task's
-- owner stores one. What an earlier owner had to do with other pods stays.
INSERT INTO progress_task_plans (task_id, node_name, pods, left_out, budgets)
SELECT t.task_id, :#node_name, CAST(:#pods AS jsonb), CAST(:#left_out AS integer), CAST(:#budgets AS jsonb)
FROM progress_tasks t
WHERE t.task_id = :#task_id AND t.epoch = CAST(:#epoch AS bigint)
ON CONFLICT (task_id, node_name) DO UPDATE
SET pods = progress_task_plans.pods || excluded.pods, left_out = greatest(progress_task_plans.left_out, excluded.left_out),
  budgets = coalesce(progress_task_plans.budgets, excluded.budgets)
