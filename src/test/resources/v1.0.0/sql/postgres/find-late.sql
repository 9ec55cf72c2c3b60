-- Body: map with suspects (JSON list of task_id and the seq delivered), written_after and written_before (times).
-- Of the suspects, those with a message past that seq that was written in between.
SELECT g.task_id
FROM jsonb_to_recordset(CAST(:#suspects AS jsonb)) AS g(task_id text, seq bigint)
WHERE EXISTS (
  SELECT FROM progress_messages m
  WHERE m.task_id = g.task_id AND m.seq > g.seq
    AND m.created_at > CAST(:#written_after AS timestamptz)
    AND m.created_at < CAST(:#written_before AS timestamptz)
)
