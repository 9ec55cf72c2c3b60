-- Exchange properties: task_id. The nodes without a final result, in the order of the request. attempts: under how many
-- owners each was begun and not ended; change: what they changed of it; steps: what they have done,
-- joined by commas.
WITH tried AS (
  SELECT m.current_node, count(DISTINCT m.epoch) AS attempts, bool_or(m.node_final) AS ended,
    (array_agg(m.change ORDER BY m.seq DESC) FILTER (WHERE m.change IS NOT NULL))[1] AS change,
    string_agg(DISTINCT m.step, ',') AS steps
  FROM progress_messages m
  WHERE m.task_id = :#${exchangeProperty.task_id} AND m.current_node IS NOT NULL
  GROUP BY m.current_node
)
SELECT n.node_name, coalesce(tried.attempts, 0) AS attempts, CAST(tried.change AS text) AS change, tried.steps
FROM progress_task_inputs i CROSS JOIN LATERAL jsonb_array_elements_text(i.node_names) WITH ORDINALITY AS n(node_name, place)
  LEFT JOIN tried ON tried.current_node = n.node_name
WHERE i.task_id = :#${exchangeProperty.task_id} AND tried.ended IS NOT TRUE
ORDER BY n.place
