-- Exchange properties: owner, lease_ms, limit, expired (whether leases that ran out may be claimed as well), clusters
-- (JSON list: those that this replica knows).
-- Without an owner lease_until is when it may start.
-- Fair between users, counting what already runs, and then the oldest first; two replicas never claim the same one.
WITH waiting AS MATERIALIZED (
  SELECT t.task_id, t.user_id, row_number() OVER (PARTITION BY t.user_id ORDER BY t.task_id)
    + (SELECT count(*) FROM progress_tasks r
       WHERE r.user_id = t.user_id AND r.completed_at IS NULL AND r.owner IS NOT NULL AND r.lease_until > clock_timestamp()) AS turn
  FROM progress_tasks t
  WHERE t.completed_at IS NULL
    AND t.cluster_name IN (SELECT jsonb_array_elements_text(CAST(:#${exchangeProperty.clusters} AS jsonb)))
    AND (t.lease_until IS NULL
         OR ((CAST(:#${exchangeProperty.expired} AS boolean) OR t.owner IS NULL) AND t.lease_until < clock_timestamp()))
), picked AS MATERIALIZED (
  SELECT t.task_id FROM progress_tasks t JOIN waiting w USING (task_id)
  WHERE t.completed_at IS NULL AND (t.lease_until IS NULL OR t.lease_until < clock_timestamp())
  ORDER BY w.turn, t.task_id
  LIMIT CAST(:#${exchangeProperty.limit} AS integer)
  FOR UPDATE OF t SKIP LOCKED
), claimed AS (
  UPDATE progress_tasks t
  SET owner = :#${exchangeProperty.owner}, epoch = t.epoch + 1, status = 'running',
    started_at = CASE WHEN t.status = 'pending' THEN date_trunc('milliseconds', clock_timestamp()) ELSE t.started_at END,
    lease_until = clock_timestamp() + CAST(:#${exchangeProperty.lease_ms} AS bigint) * interval '1 ms'
  FROM picked WHERE t.task_id = picked.task_id
  RETURNING t.*
)
SELECT c.*, CAST(i.node_names AS text) AS node_names, CAST(i.params AS text) AS params, i.concurrency
FROM claimed c LEFT JOIN progress_task_inputs i USING (task_id)
ORDER BY c.task_id
