-- Exchange properties: task_id. The nodes without a final result, in the order of the request. attempts: under how many
-- owners each was begun and not ended; change: what they changed of it, found by the highest seq that has one; steps:
-- what they have done, joined by commas.
WITH tried AS (
  SELECT m.current_node, count(DISTINCT m.epoch) AS attempts, max(m.node_final) AS ended,
    max(CASE WHEN m.change IS NOT NULL THEN m.seq END) AS changed,
    group_concat(DISTINCT m.step) AS steps
  FROM progress_messages m
  WHERE m.task_id = :#${exchangeProperty.task_id} AND m.current_node IS NOT NULL
  GROUP BY m.current_node
)
SELECT n.value AS node_name, coalesce(tried.attempts, 0) AS attempts, c.change, tried.steps
FROM progress_task_inputs i JOIN json_each(i.node_names) n LEFT JOIN tried ON tried.current_node = n.value
  LEFT JOIN progress_messages c ON c.task_id = i.task_id AND c.seq = tried.changed
WHERE i.task_id = :#${exchangeProperty.task_id} AND tried.ended IS NOT 1
ORDER BY n.key
