-- No parameters. The tasks that no replica runs, by cluster: pending, handed over, or their owner was lost.
SELECT cluster_name, count(*) AS waiting,
  max((julianday('now') - julianday(max(updated_at, coalesce(lease_until, '')))) * 86400) AS oldest
FROM progress_tasks
WHERE completed_at IS NULL AND (lease_until IS NULL OR lease_until < strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
GROUP BY cluster_name
