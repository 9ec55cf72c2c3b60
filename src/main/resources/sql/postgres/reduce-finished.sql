-- Exchange properties: retention_ms, limit. Of finished tasks, the oldest first, one row a node is kept - its final one
-- where there is one - and the last message. At most so many tasks, and about 10,000 messages.
WITH old AS MATERIALIZED (
  SELECT task_id, last_seq, completed_at FROM progress_tasks
  WHERE reduced_at IS NULL AND completed_at IS NOT NULL
    AND completed_at < (SELECT clock_timestamp() - CAST(:#${exchangeProperty.retention_ms} AS bigint) * interval '1 ms')
  ORDER BY completed_at
  LIMIT CAST(:#${exchangeProperty.limit} AS integer)
  FOR UPDATE SKIP LOCKED
), piece AS MATERIALIZED (
  SELECT task_id, last_seq
  FROM (SELECT *, sum(last_seq) OVER (ORDER BY completed_at, task_id) - last_seq AS before FROM old) o
  WHERE before < 10000
), kept AS MATERIALIZED (
  SELECT DISTINCT ON (m.task_id, m.current_node) m.task_id, m.seq
  FROM progress_messages m JOIN piece USING (task_id)
  WHERE m.current_node IS NOT NULL
  ORDER BY m.task_id, m.current_node, m.node_final DESC, m.seq DESC
), removed AS (
  DELETE FROM progress_messages m USING piece p
  WHERE m.task_id = p.task_id AND m.seq <> p.last_seq
    AND NOT EXISTS (SELECT FROM kept k WHERE k.task_id = m.task_id AND k.seq = m.seq)
)
UPDATE progress_tasks t SET reduced_at = date_trunc('milliseconds', clock_timestamp())
FROM piece WHERE t.task_id = piece.task_id
RETURNING t.task_id
