-- Exchange properties: owner, lease_ms, room (which tasks, and how many: Room), expired (whether leases that ran out may
-- be claimed as well), clusters (JSON list: those that this replica knows). Without an owner lease_until is when it may start.
-- Users take turns, a user's clusters do, and clusters: each task has its turn of its user and of its cluster, behind what
-- runs of them on any replica; the later of the two counts. Of one user on one cluster the oldest is first. SQLite has
-- one writer at a time: nobody else claims in between.
WITH asked AS MATERIALIZED (
  SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now') AS now, :#${exchangeProperty.expired} AS expired
), live AS (
  SELECT t.task_id, t.user_id, t.cluster_name, coalesce(t.lease_until > asked.now, 0) AS runs
  FROM asked, progress_tasks t
  WHERE t.completed_at IS NULL
    AND (t.owner IS NOT NULL AND t.lease_until > asked.now
         OR t.cluster_name IN (SELECT c.value FROM json_each(:#${exchangeProperty.clusters}) c)
            AND (t.lease_until IS NULL OR (asked.expired OR t.owner IS NULL) AND t.lease_until < asked.now))
), paired AS (
  SELECT live.*, row_number() OVER (PARTITION BY user_id, cluster_name ORDER BY runs DESC, task_id) AS turn
  FROM live
), by_user AS (
  SELECT paired.*, row_number() OVER (PARTITION BY user_id ORDER BY runs DESC, turn, task_id) AS of_user
  FROM paired
), turns AS (
  SELECT by_user.*, row_number() OVER (PARTITION BY cluster_name ORDER BY runs DESC, of_user, task_id) AS of_cluster
  FROM by_user
)
UPDATE progress_tasks
SET owner = :#${exchangeProperty.owner}, epoch = epoch + 1, status = 'running',
  started_at = CASE WHEN status = 'pending' THEN strftime('%Y-%m-%dT%H:%M:%fZ', 'now') ELSE started_at END,
  lease_until = strftime('%Y-%m-%dT%H:%M:%fZ', 'now',
                         (CAST(:#${exchangeProperty.lease_ms} AS INTEGER) / 1000.0) || ' seconds')
WHERE task_id IN (
  SELECT w.task_id FROM turns w
  WHERE w.runs = 0
    AND (w.of_user <= :#${exchangeProperty.room.userTurns} AND w.cluster_name <> :#${exchangeProperty.room.fullCluster}
         OR w.of_cluster <= :#${exchangeProperty.room.clusterTurns})
  ORDER BY max(w.of_user, w.of_cluster), min(w.of_user, w.of_cluster), w.task_id
  LIMIT :#${exchangeProperty.room.limit})
RETURNING *,
  (SELECT i.node_names FROM progress_task_inputs i WHERE i.task_id = progress_tasks.task_id) AS node_names,
  (SELECT i.params FROM progress_task_inputs i WHERE i.task_id = progress_tasks.task_id) AS params,
  (SELECT i.concurrency FROM progress_task_inputs i WHERE i.task_id = progress_tasks.task_id) AS concurrency
