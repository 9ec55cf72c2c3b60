-- Exchange properties: replica, clusters (JSON list: those that it knows). clusters of the row says when it last knew
-- each: also those that its configuration has lost since.
INSERT INTO progress_replicas (replica, clusters, seen_at)
SELECT :#${exchangeProperty.replica}, json_group_object(c.value, strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
FROM json_each(:#${exchangeProperty.clusters}) c
WHERE true
ON CONFLICT (replica) DO UPDATE
SET clusters = json_patch(progress_replicas.clusters, excluded.clusters), seen_at = excluded.seen_at
