-- Body: map with tasks (JSON list, one entry a task with its messages and its ready notification) and lease_ms.
-- Locks in task_id order, so that two writers never wait for each other in a circle; writes the tasks whose epoch and
-- last_seq are as their owner left them; tells for every task how it stands. A task has ended when the database says so:
-- the windows of other statements are measured by its clock, and an owner's may differ.
WITH given AS MATERIALIZED (
  SELECT g.* FROM jsonb_to_recordset(CAST(:#tasks AS jsonb)) AS g(
    task_id text, epoch bigint, first_seq bigint, last_seq bigint, current integer, success_count integer,
    failed_count integer, status text, updated_at timestamptz, notification text, messages jsonb)
), held AS MATERIALIZED (
  SELECT t.task_id, t.epoch, t.last_seq, t.cancel_requested_at
  FROM progress_tasks t
  WHERE t.task_id = ANY (ARRAY(SELECT given.task_id FROM given))
  ORDER BY t.task_id
  FOR UPDATE
), written AS (
  UPDATE progress_tasks t
  SET last_seq = g.last_seq, current = g.current, success_count = g.success_count, failed_count = g.failed_count,
      status = coalesce(g.status, t.status), updated_at = g.updated_at,
      completed_at = CASE WHEN g.status IS NULL THEN t.completed_at
                          ELSE date_trunc('milliseconds', clock_timestamp()) END,
      lease_until = CASE WHEN g.status IS NULL AND t.lease_until IS NOT NULL
                         THEN clock_timestamp() + CAST(:#lease_ms AS bigint) * interval '1 ms' END
  FROM held h JOIN given g USING (task_id)
  WHERE t.task_id = h.task_id AND h.epoch = g.epoch AND h.last_seq = g.first_seq - 1
  RETURNING t.task_id, t.user_id, t.action, t.total, t.epoch, t.last_seq
), added AS (
  INSERT INTO progress_messages (task_id, epoch, seq, user_id, type, action, current, total, success_count,
    failed_count, current_node, node_status, node_error, node_final, message, error, created_at,
    started_at, attempts, step, change)
  SELECT w.task_id, w.epoch, m.seq, w.user_id, m.type, w.action, m.current, w.total, m.success_count, m.failed_count,
    m.current_node, m.node_status, m.node_error, m.node_final, m.message, m.error, m.created_at,
    m.started_at, m.attempts, m.step, m.change
  FROM written w JOIN given g USING (task_id)
    CROSS JOIN LATERAL jsonb_to_recordset(g.messages) AS m(
      seq bigint, type text, current integer, success_count integer, failed_count integer, current_node text,
      node_status text, node_error text, node_final boolean, message text, error text, created_at timestamptz,
      started_at timestamptz, attempts integer, step text, change jsonb)
)
SELECT g.task_id, h.epoch, coalesce(w.last_seq, h.last_seq) AS last_seq, w.task_id IS NOT NULL AS written,
  h.cancel_requested_at,
  CASE WHEN w.task_id IS NOT NULL AND g.notification IS NOT NULL
       THEN CAST(pg_notify('progress_update', g.notification) AS text) END AS notified
FROM given g LEFT JOIN held h USING (task_id) LEFT JOIN written w USING (task_id)
