-- Exchange property: request (TaskList; what is null does not narrow). Newest first, and always a row: with looked_to, the
-- task up to which was looked, where there may be more. Where to look is decided by what is written once and narrows most;
-- the rest is asked of the 2,000 newest of these, so that no request costs more. In one CASE: a planner that guesses for
-- each condition takes them for rare, and reads all before it sorts. The tasks of a node come from its index alone: beside the
-- bounds of ids a planner would rather read all lists of nodes there are.
WITH asked AS MATERIALIZED (
  SELECT CAST(:#${exchangeProperty.request.visibleTo} AS text) AS visible_to,
    CAST(:#${exchangeProperty.request.userId} AS text) AS user_id,
    CAST(:#${exchangeProperty.request.cluster} AS text) AS cluster_name,
    CAST(:#${exchangeProperty.request.node} AS text) AS node,
    CAST(:#${exchangeProperty.request.status} AS text) AS status,
    CAST(:#${exchangeProperty.request.action} AS text) AS action,
    CAST(:#${exchangeProperty.request.failed} AS boolean) AS failed,
    lower(CAST(:#${exchangeProperty.request.q} AS text)) AS q,
    CAST(:#${exchangeProperty.request.fromId} AS text) AS from_id,
    CAST(:#${exchangeProperty.request.toId} AS text) AS to_id
), place AS MATERIALIZED (
  SELECT CASE WHEN node IS NOT NULL THEN 'node' WHEN status IN ('pending', 'running') THEN 'unfinished'
              WHEN user_id IS NOT NULL THEN 'user' WHEN cluster_name IS NOT NULL THEN 'cluster' ELSE 'all' END AS name
  FROM asked
), found AS MATERIALIZED (
  (SELECT task_id FROM (SELECT task_id, user_id FROM progress_task_inputs
                        WHERE (SELECT name = 'node' FROM place) AND node_names @> (SELECT to_jsonb(node) FROM asked)
                        OFFSET 0) had
   WHERE user_id = coalesce((SELECT visible_to FROM asked), user_id)
     AND task_id >= (SELECT from_id FROM asked) AND task_id < (SELECT to_id FROM asked)
   ORDER BY task_id DESC LIMIT 2000)
  UNION ALL
  (SELECT task_id FROM progress_tasks
   WHERE (SELECT name = 'unfinished' FROM place) AND completed_at IS NULL
     AND user_id = coalesce((SELECT visible_to FROM asked), user_id)
     AND task_id >= (SELECT from_id FROM asked) AND task_id < (SELECT to_id FROM asked)
   ORDER BY task_id DESC LIMIT 2000)
  UNION ALL
  (SELECT task_id FROM progress_task_inputs
   WHERE (SELECT name = 'user' FROM place) AND user_id = (SELECT user_id FROM asked)
     AND user_id = coalesce((SELECT visible_to FROM asked), user_id)
     AND task_id >= (SELECT from_id FROM asked) AND task_id < (SELECT to_id FROM asked)
   ORDER BY task_id DESC LIMIT 2000)
  UNION ALL
  (SELECT task_id FROM progress_task_inputs
   WHERE (SELECT name = 'cluster' FROM place) AND cluster_name = (SELECT cluster_name FROM asked)
     AND user_id = coalesce((SELECT visible_to FROM asked), user_id)
     AND task_id >= (SELECT from_id FROM asked) AND task_id < (SELECT to_id FROM asked)
   ORDER BY task_id DESC LIMIT 2000)
  UNION ALL
  (SELECT task_id FROM progress_tasks
   WHERE (SELECT name = 'all' FROM place)
     AND user_id = coalesce((SELECT visible_to FROM asked), user_id)
     AND task_id >= (SELECT from_id FROM asked) AND task_id < (SELECT to_id FROM asked)
   ORDER BY task_id DESC LIMIT 2000)
), page AS (
  SELECT t.*, i.username, i.reason, i.concurrency, CAST(i.params AS text) AS params, m.message, m.error
  FROM found f JOIN progress_tasks t USING (task_id) JOIN progress_task_inputs i USING (task_id) CROSS JOIN asked a
    LEFT JOIN progress_messages m ON m.task_id = t.task_id AND m.seq = t.last_seq
  WHERE CASE WHEN t.user_id <> a.user_id THEN false
             WHEN t.cluster_name <> a.cluster_name OR t.status <> a.status OR t.action <> a.action THEN false
             WHEN (t.failed_count > 0) <> a.failed THEN false
             WHEN strpos(lower(concat_ws(chr(10), t.task_id, t.user_id, i.username, t.action, t.cluster_name, i.reason)), a.q) = 0 THEN false
             ELSE true END
  ORDER BY f.task_id DESC
  LIMIT CAST(:#${exchangeProperty.request.fetch} AS integer)
)
SELECT p.*, w.looked_to
FROM (SELECT CASE WHEN count(*) = 2000 THEN min(task_id) END AS looked_to FROM found) w LEFT JOIN page p ON true
ORDER BY p.task_id DESC
