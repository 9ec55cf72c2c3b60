-- Somebody answers again.
UPDATE progress_webhook SET failures = 0, next_at = NULL WHERE id = 1 AND failures > 0
