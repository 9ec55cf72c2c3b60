package org.kubenode.progress.chaos;

/** A promise that was broken. */
record Violation(Kind kind, String what) {

    enum Kind {
        /** A committed message that a client was neither shown nor told of. */
        MISSING,
        /** A frame that is not the next of its task on its connection. */
        ORDER,
        /** A durable frame of which there is no such row. */
        PHANTOM,
        /** More than one end, or something after it. */
        TERMINAL,
        /** A message that came later than the state of its replica allows. */
        STALE,
        /** Trusting a path that brings nothing. */
        TRUST,
        /** Something of another user. */
        FOREIGN,
        /** A node operation started by whoever did not own the task any more. */
        LEASE,
        /** Rows that contradict each other. */
        ROWS,
        /** A task that never ended, or was accepted and forgotten. */
        LOST_TASK,
        /** Lists of nodes that are not as long as the counts of their frame, and no word of it. */
        LISTS,
        /** An end that was acknowledged, shown again to who did not ask for it. */
        ACKNOWLEDGED,
        /** A task of which a connection that stayed heard nothing more. */
        MUTE,
        /** Something left behind at the end. */
        LEAK
    }

    @Override
    public String toString() {
        return kind + ": " + what;
    }
}
