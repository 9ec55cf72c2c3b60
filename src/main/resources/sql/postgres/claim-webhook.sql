-- Exchange properties: owner, lease_ms. Takes or keeps the place of the one replica that posts; no row: another has it.
-- failures: how often in a row nobody answered; due: whether the pause after the last is over.
INSERT INTO progress_webhook AS w (id, owner, lease_until)
SELECT 1, CAST(:#${exchangeProperty.owner} AS text),
  clock_timestamp() + CAST(:#${exchangeProperty.lease_ms} AS bigint) * interval '1 ms'
ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, lease_until = excluded.lease_until
WHERE w.owner = excluded.owner OR w.lease_until < clock_timestamp()
RETURNING w.failures, coalesce(w.next_at <= clock_timestamp(), true) AS due
