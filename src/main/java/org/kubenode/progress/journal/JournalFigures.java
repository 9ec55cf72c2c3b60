package org.kubenode.progress.journal;

import java.util.concurrent.atomic.LongAdder;

/** What the journal has done so far. */
public final class JournalFigures {

    final LongAdder statements = new LongAdder();
    final LongAdder committedRows = new LongAdder();
    final LongAdder failures = new LongAdder();
    final LongAdder notified = new LongAdder();
    final LongAdder notNotified = new LongAdder();

    /** Statements sent so far. */
    public long statements() {
        return statements.sum();
    }

    /** Rows committed so far. */
    public long committedRows() {
        return committedRows.sum();
    }

    /** Statements that failed so far. */
    public long failures() {
        return failures.sum();
    }

    /** Notifications that went out with the statement itself, on PostgreSQL. */
    public long notified() {
        return notified.sum();
    }

    /** Notifications that PostgreSQL refused; their rows were committed without. */
    public long notNotified() {
        return notNotified.sum();
    }
}
