-- Exchange properties: retention_ms, limit. Whole tasks with all that belongs to them, the oldest first.
WITH old AS MATERIALIZED (
  SELECT task_id FROM progress_tasks
  WHERE completed_at < (SELECT clock_timestamp() - CAST(:#${exchangeProperty.retention_ms} AS bigint) * interval '1 ms')
  ORDER BY completed_at
  LIMIT CAST(:#${exchangeProperty.limit} AS integer)
  FOR UPDATE SKIP LOCKED
), messages AS (
  DELETE FROM progress_messages USING old WHERE progress_messages.task_id = old.task_id
), inputs AS (
  DELETE FROM progress_task_inputs USING old WHERE progress_task_inputs.task_id = old.task_id
)
DELETE FROM progress_tasks USING old WHERE progress_tasks.task_id = old.task_id
RETURNING progress_tasks.task_id
