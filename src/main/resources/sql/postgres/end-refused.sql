-- Exchange property: end (the row). This end was refused; its pause doubles, from a minute to an hour.
UPDATE progress_ends
SET attempts = attempts + 1, next_at = clock_timestamp() + least(power(2, least(attempts, 10)), 60) * interval '1 minute'
WHERE task_id = :#${exchangeProperty.end[task_id]}
