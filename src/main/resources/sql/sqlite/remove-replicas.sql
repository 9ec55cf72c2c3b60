-- Exchange properties: unrunnable_ms. Rows of replicas that were not seen for as long say nothing any more.
DELETE FROM progress_replicas
WHERE seen_at < strftime('%Y-%m-%dT%H:%M:%fZ', 'now',
                         '-' || (CAST(:#${exchangeProperty.unrunnable_ms} AS INTEGER) / 1000.0) || ' seconds')
