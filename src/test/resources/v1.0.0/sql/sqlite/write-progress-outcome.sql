-- Body: the map of write-progress. How each of its tasks stands now.
SELECT g.value ->> 'task_id' AS task_id, t.epoch, t.last_seq,
  coalesce(t.epoch = g.value ->> 'epoch' AND t.last_seq >= g.value ->> 'last_seq', 0) AS written, t.cancel_requested_at
FROM json_each(:#tasks) g LEFT JOIN progress_tasks t ON t.task_id = g.value ->> 'task_id'
