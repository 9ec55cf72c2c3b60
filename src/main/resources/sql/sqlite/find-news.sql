-- Exchange properties: users (JSON list of user ids, null: everybody), window_ms. How far each task is that runs or
-- ended within the window: what was delivered is compared with it.
SELECT t.task_id, t.user_id, t.epoch, t.last_seq, t.status, t.completed_at
FROM (SELECT :#${exchangeProperty.users} AS users) p JOIN progress_tasks t
WHERE (p.users IS NULL OR t.user_id IN (SELECT CAST(u.value AS TEXT) FROM json_each(p.users) u))
  AND (t.completed_at IS NULL
       OR t.completed_at > strftime('%Y-%m-%dT%H:%M:%fZ', 'now',
                                    (CAST(:#${exchangeProperty.window_ms} AS INTEGER) / -1000.0) || ' seconds'))
