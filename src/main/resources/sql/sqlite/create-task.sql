-- Body: map of a new task. A task_id or key that is taken changes nothing; create-task-outcome tells.
INSERT INTO progress_new_tasks (task_id, user_id, action, cluster_name, status, total, owner, epoch, lease_until,
  idempotency_key, retry_of, created_at, node_names, params, concurrency, request_hash, username, traceparent,
  starts_at, needs_approval)
SELECT :#task_id, :#user_id, :#action, :#cluster_name, :#status, :#total, :#owner, :#epoch,
  coalesce(strftime('%Y-%m-%dT%H:%M:%fZ', 'now', (CAST(:#lease_ms AS INTEGER) / 1000.0) || ' seconds'),
    CASE WHEN w.needs_approval THEN '9999-12-31T00:00:00.000Z' ELSE w.starts_at END),
  :#idempotency_key, :#retry_of, :#created_at, :#node_names, :#params, :#concurrency, :#request_hash,
  :#username, :#traceparent, w.starts_at, w.needs_approval
FROM (SELECT CAST(:#starts_at AS TEXT) AS starts_at, :#needs_approval AS needs_approval) w
