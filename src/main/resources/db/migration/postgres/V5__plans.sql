-- What a drain would do, or did, with the pods of a node: details, which go with the messages of their task when it is
-- reduced, whichever version of a replica does that.
CREATE TABLE progress_task_plans (
    task_id   text NOT NULL,
    node_name text NOT NULL,
    pods      jsonb NOT NULL,
    left_out  integer NOT NULL,
    budgets   jsonb,
    PRIMARY KEY (task_id, node_name)
);

CREATE FUNCTION progress_task_plans_remove() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM progress_task_plans WHERE task_id = OLD.task_id;
    RETURN NULL;
END $$;

CREATE TRIGGER progress_tasks_remove_plans AFTER DELETE OR UPDATE OF reduced_at ON progress_tasks
    FOR EACH ROW EXECUTE FUNCTION progress_task_plans_remove();
