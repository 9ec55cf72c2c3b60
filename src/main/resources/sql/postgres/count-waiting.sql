-- Exchange properties: batch.userId, batch.idempotencyKey, batch.waits. How many tasks wait for a replica with
-- room, or for their time where this one is to wait for that; none for a request that is only repeated.
SELECT CASE WHEN EXISTS (SELECT FROM progress_tasks
                         WHERE user_id = :#${exchangeProperty.batch.userId}
                           AND idempotency_key = CAST(:#${exchangeProperty.batch.idempotencyKey} AS text))
       THEN 0
       ELSE (SELECT count(*) FROM progress_tasks
             WHERE completed_at IS NULL AND status = 'pending'
               AND (lease_until > clock_timestamp()) IS TRUE = CAST(:#${exchangeProperty.batch.waits} AS boolean)) END AS waiting
