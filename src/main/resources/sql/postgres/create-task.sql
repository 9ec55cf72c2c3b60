-- Body: map of a new task. The answer is the task: the new one (created), or the one that had the user's idempotency
-- key before, with conflict when it asked for something else. The same task_id again is no error: an earlier try had
-- committed. No row: another replica is just committing the same key; repeat, and the next statement sees it.
WITH given AS MATERIALIZED (
  SELECT CAST(:#task_id AS text) AS task_id, CAST(:#user_id AS text) AS user_id, CAST(:#action AS text) AS action,
    CAST(:#cluster_name AS text) AS cluster_name, CAST(:#status AS text) AS status, CAST(:#total AS integer) AS total,
    CAST(:#owner AS text) AS owner, CAST(:#epoch AS bigint) AS epoch, CAST(:#lease_ms AS bigint) AS lease_ms,
    CAST(:#idempotency_key AS text) AS idempotency_key, CAST(:#retry_of AS text) AS retry_of,
    CAST(:#created_at AS timestamptz) AS created_at, CAST(:#node_names AS jsonb) AS node_names,
    CAST(:#params AS jsonb) AS params, CAST(:#concurrency AS integer) AS concurrency,
    CAST(:#request_hash AS text) AS request_hash, CAST(:#username AS text) AS username,
    CAST(:#traceparent AS text) AS traceparent, CAST(:#starts_at AS timestamptz) AS starts_at,
    CAST(:#needs_approval AS boolean) AS needs_approval
), created AS (
  INSERT INTO progress_tasks (task_id, user_id, action, cluster_name, status, total, owner, epoch, lease_until,
    idempotency_key, retry_of, created_at, updated_at, started_at, starts_at,
    needs_approval)
  SELECT task_id, user_id, action, cluster_name, status, total, owner, epoch,
    coalesce(clock_timestamp() + lease_ms * interval '1 ms',
      CASE WHEN needs_approval THEN timestamptz '9999-12-31 00:00:00+00' ELSE starts_at END), idempotency_key, retry_of, created_at, created_at,
    CASE WHEN status = 'running' THEN created_at END, starts_at, needs_approval
  FROM given
  ON CONFLICT DO NOTHING
  RETURNING *
), inputs AS (
  INSERT INTO progress_task_inputs (task_id, node_names, params, concurrency, request_hash, username, traceparent)
  SELECT created.task_id, g.node_names, g.params, g.concurrency, g.request_hash, g.username, g.traceparent
  FROM created JOIN given g USING (task_id)
)
SELECT true AS created, false AS conflict, c.task_id, c.user_id, c.action, c.cluster_name, c.status, c.total, c.epoch,
  c.last_seq, c.retry_of, c.created_at
FROM created c
UNION ALL
SELECT t.task_id = g.task_id, i.request_hash <> g.request_hash, t.task_id, t.user_id, t.action, t.cluster_name,
  t.status, t.total, t.epoch, t.last_seq, t.retry_of, t.created_at
FROM given g
  JOIN progress_tasks t ON t.task_id = g.task_id OR (t.user_id = g.user_id AND t.idempotency_key = g.idempotency_key)
  JOIN progress_task_inputs i ON i.task_id = t.task_id
WHERE NOT EXISTS (SELECT FROM created)
