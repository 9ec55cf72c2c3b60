-- Body: the map of create-task. The new task, or the one that had the key before.
SELECT t.task_id = g.task_id AS created, i.request_hash <> g.request_hash AS conflict, t.task_id, t.user_id, t.action,
  t.cluster_name, t.status, t.total, t.epoch, t.last_seq, t.retry_of, t.created_at
FROM (SELECT :#task_id AS task_id, :#user_id AS user_id, :#idempotency_key AS idempotency_key,
        :#request_hash AS request_hash) g
  JOIN progress_tasks t ON t.task_id = g.task_id OR (t.user_id = g.user_id AND t.idempotency_key = g.idempotency_key)
  JOIN progress_task_inputs i ON i.task_id = t.task_id
