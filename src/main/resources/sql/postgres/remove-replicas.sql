-- Exchange properties: unrunnable_ms. Rows of replicas that were not seen for as long say nothing any more.
DELETE FROM progress_replicas
WHERE seen_at < clock_timestamp() - CAST(:#${exchangeProperty.unrunnable_ms} AS bigint) * interval '1 ms'
