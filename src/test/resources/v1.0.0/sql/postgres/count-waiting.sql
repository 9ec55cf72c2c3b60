-- Exchange properties: batch.userId, batch.idempotencyKey. How many tasks wait for a replica with room; none for a request
-- that is only repeated.
SELECT CASE WHEN EXISTS (SELECT FROM progress_tasks
                         WHERE user_id = :#${exchangeProperty.batch.userId}
                           AND idempotency_key = CAST(:#${exchangeProperty.batch.idempotencyKey} AS text))
       THEN 0
       ELSE (SELECT count(*) FROM progress_tasks WHERE completed_at IS NULL AND status = 'pending') END AS waiting
