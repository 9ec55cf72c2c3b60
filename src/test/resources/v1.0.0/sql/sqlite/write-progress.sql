-- Body: map with tasks (JSON list, one entry a task with its messages) and lease_ms. One INSERT into a view whose
-- trigger writes the tasks whose epoch and last_seq are as their owner left them. Nothing comes back: the outcome is
-- read by write-progress-outcome.
INSERT INTO progress_writes (task_id, epoch, first_seq, last_seq, current, success_count, failed_count, status,
  completed_at, updated_at, lease_ms, messages)
SELECT g.value ->> 'task_id', g.value ->> 'epoch', g.value ->> 'first_seq', g.value ->> 'last_seq',
  g.value ->> 'current', g.value ->> 'success_count', g.value ->> 'failed_count', g.value ->> 'status',
  g.value ->> 'completed_at', g.value ->> 'updated_at', CAST(p.lease_ms AS INTEGER), g.value -> 'messages'
FROM (SELECT :#tasks AS tasks, :#lease_ms AS lease_ms) p JOIN json_each(p.tasks) g
