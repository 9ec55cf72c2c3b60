-- Exchange property: end (the row). It was taken.
DELETE FROM progress_ends WHERE task_id = :#${exchangeProperty.end[task_id]}
