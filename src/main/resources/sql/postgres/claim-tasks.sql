-- Exchange properties: owner, lease_ms, room (which tasks, and how many: Room), expired (whether leases that ran out may
-- be claimed as well), clusters (JSON list: those that this replica knows). Without an owner lease_until is when it may start.
-- Users take turns, a user's clusters do, and clusters: each task has its turn of its user and of its cluster, behind what
-- runs of them on any replica; the later of the two counts. Of one user on one cluster the oldest is first. Two replicas
-- never claim the same one.
WITH asked AS MATERIALIZED (
  SELECT clock_timestamp() AS now, CAST(:#${exchangeProperty.expired} AS boolean) AS expired,
    ARRAY(SELECT jsonb_array_elements_text(CAST(:#${exchangeProperty.clusters} AS jsonb))) AS clusters
), live AS MATERIALIZED (
  SELECT t.task_id, t.user_id, t.cluster_name, (t.lease_until > asked.now) IS TRUE AS runs
  FROM asked, progress_tasks t
  WHERE t.completed_at IS NULL
    AND (t.owner IS NOT NULL AND t.lease_until > asked.now
         OR t.cluster_name = ANY (asked.clusters)
            AND (t.lease_until IS NULL OR (asked.expired OR t.owner IS NULL) AND t.lease_until < asked.now))
), paired AS (
  SELECT live.*, row_number() OVER (PARTITION BY user_id, cluster_name ORDER BY runs DESC, task_id) AS turn
  FROM live
), by_user AS (
  SELECT paired.*, row_number() OVER (PARTITION BY user_id ORDER BY runs DESC, turn, task_id) AS of_user
  FROM paired
), turns AS MATERIALIZED (
  SELECT by_user.*, row_number() OVER (PARTITION BY cluster_name ORDER BY runs DESC, of_user, task_id) AS of_cluster
  FROM by_user
), picked AS MATERIALIZED (
  SELECT t.task_id FROM progress_tasks t JOIN turns w USING (task_id)
  WHERE NOT w.runs AND t.completed_at IS NULL AND (t.lease_until IS NULL OR t.lease_until < clock_timestamp())
    AND (w.of_user <= CAST(:#${exchangeProperty.room.userTurns} AS integer)
           AND w.cluster_name <> CAST(:#${exchangeProperty.room.fullCluster} AS text)
         OR w.of_cluster <= CAST(:#${exchangeProperty.room.clusterTurns} AS integer))
  ORDER BY greatest(w.of_user, w.of_cluster), least(w.of_user, w.of_cluster), t.task_id
  LIMIT CAST(:#${exchangeProperty.room.limit} AS integer)
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
