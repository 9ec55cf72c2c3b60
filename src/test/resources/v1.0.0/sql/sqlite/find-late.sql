-- Body: map with suspects (JSON list of task_id and the seq delivered), written_after and written_before (times).
-- Of the suspects, those with a message past that seq that was written in between.
SELECT g.value ->> 'task_id' AS task_id
FROM json_each(:#suspects) AS g
WHERE EXISTS (
  SELECT 1 FROM progress_messages m
  WHERE m.task_id = g.value ->> 'task_id' AND m.seq > g.value ->> 'seq'
    AND m.created_at > :#written_after
    AND m.created_at < :#written_before
)
