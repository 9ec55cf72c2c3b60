-- Body: map with task_id, epoch, node_name, pods (JSON object), left_out, budgets (JSON object or null). Only the task's
-- owner stores one. What an earlier owner had to do with other pods stays.
INSERT INTO progress_task_plans (task_id, node_name, pods, left_out, budgets)
SELECT t.task_id, :#node_name, :#pods, :#left_out, :#budgets
FROM progress_tasks t
WHERE t.task_id = :#task_id AND t.epoch = CAST(:#epoch AS INTEGER)
ON CONFLICT (task_id, node_name) DO UPDATE
SET pods = json_patch(pods, excluded.pods), left_out = max(left_out, excluded.left_out),
  budgets = coalesce(budgets, excluded.budgets)
