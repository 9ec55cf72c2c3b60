-- One narrow row a task: every progress write updates it. No column that such a write changes stands in an index, so
-- the update is HOT; fillfactor 50 leaves room in the page for the next versions. Only the end of a task, which sets
-- completed_at, touches indexes. Times are given by the application, to the millisecond.
-- There are no foreign keys: each would lock the task's row once more for every message. The statements that write
-- (write-progress, remove-finished) keep the tables together.
CREATE TABLE progress_tasks (
    task_id             text COLLATE "C" PRIMARY KEY,
    user_id             text COLLATE "C" NOT NULL,
    action              text NOT NULL,
    cluster_name        text NOT NULL,
    status              text NOT NULL CHECK (status IN ('pending', 'running', 'completed', 'failed', 'cancelled')),
    total               integer NOT NULL CHECK (total >= 0),
    current             integer NOT NULL DEFAULT 0,
    success_count       integer NOT NULL DEFAULT 0,
    failed_count        integer NOT NULL DEFAULT 0,
    last_seq            bigint NOT NULL DEFAULT 0,
    owner               text,
    epoch               bigint NOT NULL DEFAULT 0,
    lease_until         timestamptz,
    cancel_requested_at timestamptz,
    acknowledged_seq    bigint NOT NULL DEFAULT 0,
    idempotency_key     text,
    retry_of            text COLLATE "C",
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    completed_at        timestamptz
) WITH (fillfactor = 50);

-- completed_at IS NULL means pending or running.
CREATE INDEX progress_tasks_by_user ON progress_tasks (user_id, completed_at);
CREATE INDEX progress_tasks_by_end ON progress_tasks (completed_at);
CREATE UNIQUE INDEX progress_tasks_by_key ON progress_tasks (user_id, idempotency_key)
    WHERE idempotency_key IS NOT NULL;

-- What was asked for, written once.
CREATE TABLE progress_task_inputs (
    task_id      text COLLATE "C" PRIMARY KEY,
    node_names   jsonb NOT NULL,
    params       jsonb NOT NULL,
    concurrency  integer NOT NULL,
    request_hash text NOT NULL
);

-- Only ever added to, until the task is removed whole.
CREATE TABLE progress_messages (
    task_id       text COLLATE "C" NOT NULL,
    epoch         bigint NOT NULL,
    seq           bigint NOT NULL,
    user_id       text COLLATE "C" NOT NULL,
    type          text NOT NULL,
    action        text NOT NULL,
    current       integer NOT NULL,
    total         integer NOT NULL,
    success_count integer NOT NULL,
    failed_count  integer NOT NULL,
    current_node  text,
    node_status   text,
    node_error    text,
    node_final    boolean NOT NULL,
    message       text,
    error         text,
    created_at    timestamptz NOT NULL,
    PRIMARY KEY (task_id, seq)
);
