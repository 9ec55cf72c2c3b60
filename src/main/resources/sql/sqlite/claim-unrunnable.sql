-- Exchange properties: owner, lease_ms, expired (whether leases that ran out may be claimed as well), judges (whether
-- this replica may judge clusters), unrunnable_ms. Takes tasks to end them: those that wait and were cancelled, and those
-- that wait for a cluster that no replica has known for so long. Nobody judges whose own row is not written, nor while a
-- lease runs of a replica that writes no row, as 1.0.0 does: it may know the cluster.
WITH asked AS MATERIALIZED (
  SELECT :#${exchangeProperty.owner} AS owner, strftime('%Y-%m-%dT%H:%M:%fZ', 'now') AS now,
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now',
             (CAST(:#${exchangeProperty.lease_ms} AS INTEGER) / 1000.0) || ' seconds') AS lease_until,
    :#${exchangeProperty.expired} AS expired, :#${exchangeProperty.judges} AS judges,
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now',
             '-' || (CAST(:#${exchangeProperty.unrunnable_ms} AS INTEGER) / 1000.0) || ' seconds') AS unknown_since
), known AS MATERIALIZED (
  SELECT c.key AS name FROM asked, progress_replicas r, json_each(r.clusters) c WHERE c.value > asked.unknown_since
), judge AS MATERIALIZED (
  SELECT asked.judges
    AND EXISTS (SELECT 1 FROM progress_replicas r WHERE r.replica = asked.owner AND r.seen_at > asked.unknown_since)
    AND NOT EXISTS (SELECT 1 FROM progress_tasks t
                    WHERE t.completed_at IS NULL AND t.owner IS NOT NULL AND t.lease_until > asked.now
                      AND NOT EXISTS (SELECT 1 FROM progress_replicas r WHERE r.replica = t.owner)) AS may
  FROM asked
)
UPDATE progress_tasks
SET owner = (SELECT asked.owner FROM asked), epoch = epoch + 1, status = 'running',
  lease_until = (SELECT asked.lease_until FROM asked)
WHERE task_id IN (
  SELECT t.task_id FROM asked, judge, progress_tasks t
  WHERE t.completed_at IS NULL
    AND (t.lease_until IS NULL OR ((asked.expired OR t.owner IS NULL) AND t.lease_until < asked.now))
    AND (t.cancel_requested_at IS NOT NULL
         OR (judge.may AND max(t.updated_at, coalesce(t.lease_until, '')) < asked.unknown_since
             AND t.cluster_name NOT IN (SELECT known.name FROM known)))
  ORDER BY t.task_id
  LIMIT 50)
RETURNING *
