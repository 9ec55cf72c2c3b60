-- No parameters. The tasks that no replica runs, by cluster: pending, handed over, or their owner was lost.
SELECT cluster_name, count(*) AS waiting,
  max(extract(epoch FROM clock_timestamp() - greatest(updated_at, lease_until))) AS oldest
FROM progress_tasks
WHERE completed_at IS NULL AND (lease_until IS NULL OR lease_until < clock_timestamp())
GROUP BY cluster_name
