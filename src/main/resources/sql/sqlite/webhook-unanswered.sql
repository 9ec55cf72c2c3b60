-- Nobody answers: the pause of all ends doubles, from a second to a minute.
UPDATE progress_webhook
SET failures = failures + 1,
  next_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', min(1 << min(failures, 10), 60) || ' seconds')
WHERE id = 1
