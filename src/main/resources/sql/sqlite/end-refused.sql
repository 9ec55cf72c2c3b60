-- Exchange property: end (the row). This end was refused; its pause doubles, from a minute to an hour.
UPDATE progress_ends
SET attempts = attempts + 1,
  next_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', min(1 << min(attempts, 10), 60) || ' minutes')
WHERE task_id = :#${exchangeProperty.end[task_id]}
