-- Body: map with entries (JSON list).
INSERT INTO progress_audit (at, event, user_id, username, role, remote, path, status, count)
SELECT value ->> 'at', value ->> 'event', value ->> 'user_id', value ->> 'username', value ->> 'role',
  value ->> 'remote', value ->> 'path', value ->> 'status', value ->> 'count'
FROM json_each(:#entries)
