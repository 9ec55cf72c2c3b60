-- Exchange properties: users (JSON list of user ids, null: everybody), window_ms. How far each task is that runs or
-- ended within the window: what was delivered is compared with it.
WITH p AS NOT MATERIALIZED (
    SELECT CAST(:#${exchangeProperty.users} AS text) AS users,
           CAST(:#${exchangeProperty.window_ms} AS bigint) * interval '1 ms' AS recent
)
SELECT t.task_id, t.user_id, t.epoch, t.last_seq, t.status, t.updated_at FROM p, progress_tasks t
WHERE p.users IS NOT NULL
  AND t.user_id = ANY (ARRAY(SELECT jsonb_array_elements_text(CAST(p.users AS jsonb))))
  AND (t.completed_at IS NULL OR t.completed_at > clock_timestamp() - p.recent)
UNION ALL
SELECT t.task_id, t.user_id, t.epoch, t.last_seq, t.status, t.updated_at FROM p, progress_tasks t
WHERE p.users IS NULL
  AND (t.completed_at IS NULL OR t.completed_at > clock_timestamp() - p.recent)
