-- Exchange properties: task_id, node. A row when the task that this one repeats had cordoned the node: it is to be
-- uncordoned after, as if this task had.
SELECT 1 AS cordoned
FROM (SELECT m.change
      FROM progress_tasks t JOIN progress_messages m ON m.task_id = t.retry_of
      WHERE t.task_id = :#${exchangeProperty.task_id} AND m.current_node = CAST(:#${exchangeProperty.node} AS TEXT)
        AND m.change IS NOT NULL
      ORDER BY m.seq DESC LIMIT 1) last
WHERE json_extract(last.change, '$.unschedulable.from') = 0
