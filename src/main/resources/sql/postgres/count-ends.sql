-- How many ends wait to be posted.
SELECT count(*) AS waiting FROM progress_ends
