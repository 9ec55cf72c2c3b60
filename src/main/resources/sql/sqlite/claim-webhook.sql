-- Exchange properties: owner, lease_ms. Takes or keeps the place of the one replica that posts; no row: another has it.
-- failures: how often in a row nobody answered; due: whether the pause after the last is over.
INSERT INTO progress_webhook (id, owner, lease_until)
SELECT 1, :#${exchangeProperty.owner},
  strftime('%Y-%m-%dT%H:%M:%fZ', 'now', (CAST(:#${exchangeProperty.lease_ms} AS INTEGER) / 1000.0) || ' seconds')
WHERE true
ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, lease_until = excluded.lease_until
WHERE progress_webhook.owner = excluded.owner OR progress_webhook.lease_until < strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
RETURNING failures, coalesce(next_at <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), true) AS due
