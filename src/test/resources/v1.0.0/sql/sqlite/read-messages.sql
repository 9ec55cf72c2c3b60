-- Exchange properties: task_id, since (only later ones), limit.
SELECT m.*, t.cluster_name
FROM progress_messages m JOIN progress_tasks t USING (task_id)
WHERE m.task_id = :#${exchangeProperty.task_id} AND m.seq > CAST(:#${exchangeProperty.since} AS bigint)
ORDER BY m.seq
LIMIT CAST(:#${exchangeProperty.limit} AS integer)
