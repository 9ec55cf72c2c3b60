-- Body: map with entries (JSON list).
INSERT INTO progress_audit (at, event, user_id, username, role, remote, path, status, count)
SELECT e.at, e.event, e.user_id, e.username, e.role, e.remote, e.path, e.status, e.count
FROM jsonb_to_recordset(CAST(:#entries AS jsonb)) AS e(
  at timestamptz, event text, user_id text, username text, role text, remote text, path text, status integer,
  count bigint)
