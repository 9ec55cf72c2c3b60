-- Nothing goes in: what is older than 90 days is removed.
DELETE FROM progress_audit WHERE at < now() - interval '90 days'
