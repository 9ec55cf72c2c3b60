-- Exchange properties: keep_ms, most. Ends that nobody has taken for so long, or that are too many: the oldest go.
DELETE FROM progress_ends
WHERE ended_at < (SELECT clock_timestamp() - CAST(:#${exchangeProperty.keep_ms} AS bigint) * interval '1 ms')
  OR task_id IN (SELECT task_id FROM progress_ends ORDER BY ended_at DESC, task_id DESC
                 OFFSET CAST(:#${exchangeProperty.most} AS integer))
RETURNING task_id
