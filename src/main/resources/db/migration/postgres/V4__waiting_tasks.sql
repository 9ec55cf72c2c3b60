-- Only adds. Who paused a task (null: a rule of its own) and who let it go on last; and whether it waits for a second
-- person. One that must not start yet has no owner and a lease_until in the future: nobody claims it, replicas of 1.0.0
-- included.
ALTER TABLE progress_tasks
    ADD COLUMN paused_by      text,
    ADD COLUMN resumed_by     text,
    ADD COLUMN needs_approval boolean;
