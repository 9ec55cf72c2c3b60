package org.kubenode.progress.journal;

import java.time.Instant;
import org.kubenode.progress.wire.Frame;

/** What a batch hears of its task. Calls come from writing threads: return at once. */
public interface RunListener {

    /** Listens to nothing. */
    RunListener NONE = new RunListener() {};

    /**
     * A node's final result needs no more waiting, once for each: its permit is free.
     *
     * @param durable false when the database is down and the row waits in memory
     */
    default void settled(NodeResult result, boolean durable) {}

    /** The task's last message is committed. */
    default void ended(Frame terminal) {}

    /** Somebody wants it ended. May be told again. */
    default void cancelRequested(Instant at) {}

    /** It was paused, and somebody lets it go on. */
    default void resumed() {}

    /** Its lease was given up: another replica goes on. */
    default void handedOver() {}

    /** Its rows are refused: it has ended as failed, and nothing more of it is written. */
    default void refused(String why) {}

    /**
     * The task is not this replica's any more, or not even its end can be written: stop, and write
     * nothing.
     */
    default void lost(String why) {}
}
