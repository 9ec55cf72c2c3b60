-- Exchange properties: replica, clusters (JSON list: those that it knows). clusters of the row says when it last knew
-- each: also those that its configuration has lost since.
INSERT INTO progress_replicas (replica, clusters, seen_at)
SELECT :#${exchangeProperty.replica},
  coalesce((SELECT jsonb_object_agg(c.name, clock_timestamp())
            FROM jsonb_array_elements_text(CAST(:#${exchangeProperty.clusters} AS jsonb)) AS c(name)), '{}'),
  clock_timestamp()
ON CONFLICT (replica) DO UPDATE
SET clusters = progress_replicas.clusters || EXCLUDED.clusters, seen_at = EXCLUDED.seen_at
