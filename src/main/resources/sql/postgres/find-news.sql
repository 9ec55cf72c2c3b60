-- Exchange properties: users (JSON list of user ids, null: everybody), window_ms. How far each task is that runs or
-- ended within the window: what was delivered is compared with it.
WITH asked AS MATERIALIZED (
  SELECT CAST(:#${exchangeProperty.users} AS jsonb) AS users,
    clock_timestamp() - CAST(:#${exchangeProperty.window_ms} AS bigint) * interval '1 ms' AS ended_after
)
SELECT task_id, user_id, epoch, last_seq, status, completed_at FROM progress_tasks
WHERE (SELECT users IS NOT NULL FROM asked)
  AND user_id = ANY (ARRAY(SELECT jsonb_array_elements_text(users) FROM asked))
  AND (completed_at IS NULL OR completed_at > (SELECT ended_after FROM asked))
UNION ALL
SELECT task_id, user_id, epoch, last_seq, status, completed_at FROM progress_tasks
WHERE (SELECT users IS NULL FROM asked)
  AND (completed_at IS NULL OR completed_at > (SELECT ended_after FROM asked))
