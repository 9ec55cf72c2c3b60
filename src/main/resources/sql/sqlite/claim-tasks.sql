-- Exchange properties: owner, lease_ms, limit, expired (whether leases that ran out may be claimed as well), clusters
-- (JSON list: those that this replica knows).
-- Without an owner lease_until is when it may start.
-- Fair between users, counting what already runs, and then the oldest first. SQLite has one writer at a time: nobody
-- else claims in between.
UPDATE progress_tasks
SET owner = :#${exchangeProperty.owner}, epoch = epoch + 1, status = 'running',
  started_at = CASE WHEN status = 'pending' THEN strftime('%Y-%m-%dT%H:%M:%fZ', 'now') ELSE started_at END,
  lease_until = strftime('%Y-%m-%dT%H:%M:%fZ', 'now',
                         (CAST(:#${exchangeProperty.lease_ms} AS INTEGER) / 1000.0) || ' seconds')
WHERE task_id IN (
  SELECT w.task_id
  FROM (SELECT t.task_id, row_number() OVER (PARTITION BY t.user_id ORDER BY t.task_id)
          + (SELECT count(*) FROM progress_tasks r WHERE r.user_id = t.user_id AND r.completed_at IS NULL AND r.owner IS NOT NULL
               AND r.lease_until > strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) AS turn
        FROM progress_tasks t
        WHERE t.completed_at IS NULL
          AND t.cluster_name IN (SELECT c.value FROM json_each(:#${exchangeProperty.clusters}) c)
          AND (t.lease_until IS NULL
               OR ((:#${exchangeProperty.expired} OR t.owner IS NULL) AND t.lease_until < strftime('%Y-%m-%dT%H:%M:%fZ', 'now')))) w
  ORDER BY w.turn, w.task_id
  LIMIT CAST(:#${exchangeProperty.limit} AS INTEGER))
RETURNING *,
  (SELECT i.node_names FROM progress_task_inputs i WHERE i.task_id = progress_tasks.task_id) AS node_names,
  (SELECT i.params FROM progress_task_inputs i WHERE i.task_id = progress_tasks.task_id) AS params,
  (SELECT i.concurrency FROM progress_task_inputs i WHERE i.task_id = progress_tasks.task_id) AS concurrency
