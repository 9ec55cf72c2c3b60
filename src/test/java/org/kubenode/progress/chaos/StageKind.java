package org.kubenode.progress.chaos;

/** What carries notifications, and what stands before the database. */
enum StageKind {
    POSTGRES,
    REDIS,
    SENTINEL,
    PGBOUNCER
}
