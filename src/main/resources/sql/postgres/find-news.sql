-- Exchange properties: users (JSON list of user ids, null: everybody), window_ms. How far each task is that runs or
-- ended within the window: what was delivered is compared with it.
WITH given AS MATERIALIZED (
  SELECT CAST(:#${exchangeProperty.users} AS jsonb) AS users,
    clock_timestamp() - CAST(:#${exchangeProperty.window_ms} AS bigint) * interval '1 ms' AS ended_after
), named AS MATERIALIZED (
  SELECT DISTINCT u.user_id COLLATE "C" AS user_id
  FROM given g CROSS JOIN LATERAL jsonb_array_elements_text(coalesce(g.users, '[]')) AS u(user_id)
)
SELECT t.task_id, t.user_id, t.epoch, t.last_seq, t.status
FROM given g CROSS JOIN named n JOIN progress_tasks t ON t.user_id = n.user_id
  AND (t.completed_at IS NULL OR t.completed_at > g.ended_after)
UNION ALL
SELECT t.task_id, t.user_id, t.epoch, t.last_seq, t.status
FROM given g JOIN progress_tasks t ON g.users IS NULL
  AND (t.completed_at IS NULL OR t.completed_at > g.ended_after)
