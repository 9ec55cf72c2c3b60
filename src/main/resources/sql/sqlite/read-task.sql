-- Exchange properties: task_id, user_id (null: anybody's), since and limit (at most so many messages after that seq),
-- nodes (whether the nodes' results are wanted). State, messages and results in one statement, so of one moment.
-- Results are the nodes' final ones, failed first, as far as a frame can carry them (WireCodec.MAX_LIST_BYTES).
WITH asked AS MATERIALIZED (
  SELECT :#${exchangeProperty.task_id} AS task_id, :#${exchangeProperty.user_id} AS user_id,
    CAST(:#${exchangeProperty.since} AS INTEGER) AS since, CAST(:#${exchangeProperty.limit} AS INTEGER) AS page,
    CAST(:#${exchangeProperty.nodes} AS INTEGER) AS nodes
)
SELECT t.*, m.message, m.error, m.current_node, m.node_status, m.node_error, m.created_at AS message_at,
  (SELECT json_group_array(json_object('epoch', p.epoch, 'seq', p.seq, 'type', p.type, 'current', p.current,
            'success_count', p.success_count, 'failed_count', p.failed_count, 'current_node', p.current_node,
            'node_status', p.node_status, 'node_error', p.node_error, 'message', p.message, 'error', p.error,
            'created_at', p.created_at))
   FROM (SELECT * FROM progress_messages
         WHERE task_id = (SELECT task_id FROM asked) AND seq > (SELECT since FROM asked)
         ORDER BY seq
         LIMIT (SELECT page FROM asked)) p) AS messages,
  CASE WHEN (SELECT nodes FROM asked) THEN
    (SELECT json_group_array(json_array(r.current_node, r.node_status, r.node_error))
     FROM (SELECT current_node, node_status, node_error,
             sum(length(current_node) + coalesce(length(CAST(node_error AS BLOB)), 0))
               OVER (ORDER BY node_status, seq) AS room
           FROM progress_messages
           WHERE task_id = (SELECT task_id FROM asked) AND node_final AND node_status IN ('failed', 'succeeded')
           ORDER BY node_status, seq) r
     WHERE r.room <= 262144) END AS nodes
FROM progress_tasks t LEFT JOIN progress_messages m ON m.task_id = t.task_id AND m.seq = t.last_seq
WHERE t.task_id = (SELECT task_id FROM asked)
  AND t.user_id = coalesce((SELECT user_id FROM asked), t.user_id)
