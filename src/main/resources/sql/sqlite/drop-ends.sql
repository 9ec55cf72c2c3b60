-- Exchange properties: keep_ms, most. Ends that nobody has taken for so long, or that are too many: the oldest go.
DELETE FROM progress_ends
WHERE ended_at < strftime('%Y-%m-%dT%H:%M:%fZ', 'now', (CAST(:#${exchangeProperty.keep_ms} AS INTEGER) / -1000.0) || ' seconds')
  OR task_id IN (SELECT task_id FROM progress_ends ORDER BY ended_at DESC, task_id DESC
                 LIMIT -1 OFFSET CAST(:#${exchangeProperty.most} AS INTEGER))
RETURNING task_id
