-- Exchange properties: retention_ms, limit. Whole tasks, the oldest first; a trigger removes what belongs to them.
DELETE FROM progress_tasks
WHERE task_id IN (
  SELECT task_id FROM progress_tasks
  WHERE completed_at < strftime('%Y-%m-%dT%H:%M:%fZ', 'now',
                                (CAST(:#${exchangeProperty.retention_ms} AS INTEGER) / -1000.0) || ' seconds')
  ORDER BY completed_at
  LIMIT CAST(:#${exchangeProperty.limit} AS INTEGER))
RETURNING task_id
