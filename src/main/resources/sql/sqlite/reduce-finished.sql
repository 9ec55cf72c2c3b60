-- Exchange properties: retention_ms, limit. Of finished tasks, the oldest first, one row a node is kept - its final one
-- where there is one - and the last message: by a trigger.
UPDATE progress_tasks SET reduced_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
WHERE task_id IN (
  SELECT task_id FROM progress_tasks
  WHERE reduced_at IS NULL AND completed_at IS NOT NULL
    AND completed_at < strftime('%Y-%m-%dT%H:%M:%fZ', 'now',
                                (CAST(:#${exchangeProperty.retention_ms} AS INTEGER) / -1000.0) || ' seconds')
  ORDER BY completed_at
  LIMIT CAST(:#${exchangeProperty.limit} AS INTEGER))
RETURNING task_id
