-- The migration of PostgreSQL.
CREATE TABLE progress_task_plans (
    task_id   TEXT NOT NULL,
    node_name TEXT NOT NULL,
    pods      TEXT NOT NULL,
    left_out  INTEGER NOT NULL,
    budgets   TEXT,
    PRIMARY KEY (task_id, node_name)
);

CREATE TRIGGER progress_tasks_remove_plans AFTER DELETE ON progress_tasks
BEGIN
    DELETE FROM progress_task_plans WHERE task_id = OLD.task_id;
END;

CREATE TRIGGER progress_tasks_reduce_plans AFTER UPDATE OF reduced_at ON progress_tasks
BEGIN
    DELETE FROM progress_task_plans WHERE task_id = OLD.task_id;
END;
