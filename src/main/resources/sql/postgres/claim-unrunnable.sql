-- Exchange properties: owner, lease_ms, expired (whether leases that ran out may be claimed as well), judges (whether
-- this replica may judge clusters), unrunnable_ms. Takes tasks to end them: those that wait and were cancelled, and those
-- that wait for a cluster that no replica has known for so long. Nobody judges whose own row is not written, nor while a
-- lease runs of a replica that writes no row, as 1.0.0 does: it may know the cluster.
WITH asked AS MATERIALIZED (
  SELECT CAST(:#${exchangeProperty.owner} AS text) AS owner,
    clock_timestamp() + CAST(:#${exchangeProperty.lease_ms} AS bigint) * interval '1 ms' AS lease_until,
    CAST(:#${exchangeProperty.expired} AS boolean) AS expired,
    CAST(:#${exchangeProperty.judges} AS boolean) AS judges,
    clock_timestamp() - CAST(:#${exchangeProperty.unrunnable_ms} AS bigint) * interval '1 ms' AS unknown_since
), known AS MATERIALIZED (
  SELECT c.name FROM asked, progress_replicas r CROSS JOIN LATERAL jsonb_each_text(r.clusters) AS c(name, known_at)
  WHERE CAST(c.known_at AS timestamptz) > asked.unknown_since
), judge AS MATERIALIZED (
  SELECT asked.judges
    AND EXISTS (SELECT FROM progress_replicas r WHERE r.replica = asked.owner AND r.seen_at > asked.unknown_since)
    AND NOT EXISTS (SELECT FROM progress_tasks t
                    WHERE t.completed_at IS NULL AND t.owner IS NOT NULL AND t.lease_until > clock_timestamp()
                      AND NOT EXISTS (SELECT FROM progress_replicas r WHERE r.replica = t.owner)) AS may
  FROM asked
), picked AS MATERIALIZED (
  SELECT t.task_id FROM asked, judge, progress_tasks t
  WHERE t.completed_at IS NULL
    AND (t.lease_until IS NULL OR ((asked.expired OR t.owner IS NULL) AND t.lease_until < clock_timestamp()))
    AND (t.cancel_requested_at IS NOT NULL
         OR (judge.may AND greatest(t.updated_at, t.lease_until) < asked.unknown_since
             AND NOT EXISTS (SELECT FROM known WHERE known.name = t.cluster_name)))
  ORDER BY t.task_id
  LIMIT 50
  FOR UPDATE OF t SKIP LOCKED
)
UPDATE progress_tasks t
SET owner = asked.owner, epoch = t.epoch + 1, status = 'running', lease_until = asked.lease_until
FROM picked, asked WHERE t.task_id = picked.task_id
RETURNING t.*
