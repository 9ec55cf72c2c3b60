-- Nobody answers: the pause of all ends doubles, from a second to a minute.
UPDATE progress_webhook
SET failures = failures + 1, next_at = clock_timestamp() + least(power(2, least(failures, 10)), 60) * interval '1 second'
WHERE id = 1
