-- Exchange properties: batch.userId, batch.idempotencyKey, batch.waits. How many tasks wait for a replica with
-- room, or for their time where this one is to wait for that; none for a request that is only repeated.
SELECT CASE WHEN EXISTS (SELECT 1 FROM progress_tasks
                         WHERE user_id = :#${exchangeProperty.batch.userId}
                           AND idempotency_key = :#${exchangeProperty.batch.idempotencyKey})
       THEN 0
       ELSE (SELECT count(*) FROM progress_tasks
             WHERE completed_at IS NULL AND status = 'pending'
               AND coalesce(lease_until > strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 0) = :#${exchangeProperty.batch.waits}) END AS waiting
