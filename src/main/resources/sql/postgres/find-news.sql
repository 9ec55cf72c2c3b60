-- Exchange properties: users (JSON list of user ids, null: everybody), window_ms. How far each task is that runs or
-- ended within the window: what was delivered is compared with it.
SELECT task_id, user_id, epoch, last_seq, status FROM progress_tasks
WHERE CAST(:#${exchangeProperty.users} AS text) IS NOT NULL
  AND user_id = ANY (ARRAY(SELECT jsonb_array_elements_text(CAST(:#${exchangeProperty.users} AS jsonb))))
  AND (completed_at IS NULL
       OR completed_at > clock_timestamp() - CAST(:#${exchangeProperty.window_ms} AS bigint) * interval '1 ms')
UNION ALL
SELECT task_id, user_id, epoch, last_seq, status FROM progress_tasks
WHERE CAST(:#${exchangeProperty.users} AS text) IS NULL
  AND (completed_at IS NULL
       OR completed_at > clock_timestamp() - CAST(:#${exchangeProperty.window_ms} AS bigint) * interval '1 ms')
