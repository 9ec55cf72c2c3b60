-- Nothing goes in: what is older than 90 days is removed.
DELETE FROM progress_audit WHERE at < strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-90 days')
