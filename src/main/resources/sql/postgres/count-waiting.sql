-- Exchange properties: batch.userId, batch.idempotencyKey, batch.clusterName, batch.waits. How many tasks wait for a place,
-- or for their time where this one is to wait for that: all, the user's and the cluster's; none for a request that is only
-- repeated.
WITH asked AS MATERIALIZED (
  SELECT a.user_id, a.cluster_name,
    EXISTS (SELECT FROM progress_tasks t
            WHERE t.user_id = a.user_id AND t.idempotency_key = a.idempotency_key) AS repeated
  FROM (SELECT CAST(:#${exchangeProperty.batch.userId} AS text) AS user_id,
          CAST(:#${exchangeProperty.batch.idempotencyKey} AS text) AS idempotency_key,
          CAST(:#${exchangeProperty.batch.clusterName} AS text) AS cluster_name) a
)
SELECT count(*) AS waiting, count(*) FILTER (WHERE t.user_id = asked.user_id) AS of_user,
  count(*) FILTER (WHERE t.cluster_name = asked.cluster_name) AS of_cluster
FROM asked JOIN progress_tasks t ON NOT asked.repeated
WHERE t.completed_at IS NULL AND t.status = 'pending'
  AND (t.lease_until > clock_timestamp()) IS TRUE = CAST(:#${exchangeProperty.batch.waits} AS boolean)
