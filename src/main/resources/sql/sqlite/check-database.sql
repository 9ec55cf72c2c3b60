-- Answers when the database takes writes: it needs the lock of a write, which another process may keep while readers are
-- served, and writes nothing.
UPDATE progress_tasks SET owner = owner WHERE false
