-- The function also frees what nobody holds any more: otherwise only a NOTIFY that succeeds does (PostgreSQL 13 to 18), and
-- once the queue is full none can. How full the server's one queue of notifications is, and the session that has had a transaction open for the longest, in
-- whatever database: while it listens too, nothing behind it is freed. Others' times need the role pg_read_all_stats.
SELECT pg_notification_queue_usage() AS usage, s.pid, s.usename AS username, s.datname AS database,
  s.application_name AS application, s.xact_start AS since
FROM (SELECT) AS one LEFT JOIN LATERAL (
  SELECT * FROM pg_stat_activity
  WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
  ORDER BY xact_start LIMIT 1
) AS s ON true
