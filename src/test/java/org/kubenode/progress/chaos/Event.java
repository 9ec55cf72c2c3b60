package org.kubenode.progress.chaos;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import java.util.Map;

/**
 * One line of a {@link History}. {@code at} is the wall clock of this machine in milliseconds; a
 * commit's is the database's commit timestamp, a start's that of the replica's log.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Event.Ran.class, name = "ran"),
    @JsonSubTypes.Type(value = Event.Accepted.class, name = "accepted"),
    @JsonSubTypes.Type(value = Event.Committed.class, name = "committed"),
    @JsonSubTypes.Type(value = Event.Task.class, name = "task"),
    @JsonSubTypes.Type(value = Event.Opened.class, name = "opened"),
    @JsonSubTypes.Type(value = Event.Closed.class, name = "closed"),
    @JsonSubTypes.Type(value = Event.Framed.class, name = "frame"),
    @JsonSubTypes.Type(value = Event.Acknowledging.class, name = "acknowledging"),
    @JsonSubTypes.Type(value = Event.Acknowledged.class, name = "acknowledged"),
    @JsonSubTypes.Type(value = Event.Started.class, name = "started"),
    @JsonSubTypes.Type(value = Event.Stood.class, name = "state"),
    @JsonSubTypes.Type(value = Event.Faulted.class, name = "fault"),
    @JsonSubTypes.Type(value = Event.Died.class, name = "died"),
    @JsonSubTypes.Type(value = Event.Delivered.class, name = "delivered"),
    @JsonSubTypes.Type(value = Event.Counted.class, name = "counted")
})
sealed interface Event {

    long at();

    /**
     * What a run was, and what it promises.
     *
     * @param realtimeMs a message may take so long to a socket whose replica is in REALTIME
     * @param degradedMs the same in any other state
     * @param graceMs after a fault that held up the rows, a replica or a client
     * @param lateFindsMs so long may REALTIME last although notifications bring nothing
     */
    record Ran(
            long at,
            long seed,
            String stage,
            long realtimeMs,
            long degradedMs,
            long graceMs,
            long lateFindsMs)
            implements Event {}

    /** A replica took a batch. */
    record Accepted(
            long at, String user, String taskId, String replica, String action, boolean durable)
            implements Event {}

    /** A row of progress_messages. */
    record Committed(
            long at,
            String user,
            String taskId,
            long epoch,
            long seq,
            String type,
            String node,
            String nodeStatus,
            boolean nodeFinal)
            implements Event {

        boolean terminal() {
            return !type.equals("progress");
        }

        /** What a slow client may not lose. */
        boolean mustBeSeen() {
            return terminal() || "failed".equals(nodeStatus);
        }
    }

    /** A row of progress_tasks, at the end of the run. */
    record Task(
            long at,
            String user,
            String taskId,
            String action,
            String status,
            long lastSeq,
            long epoch,
            int total,
            int succeeded,
            int failed,
            boolean ended)
            implements Event {}

    /**
     * A client was greeted.
     *
     * @param all whether it sees everybody's tasks
     * @param resumed the seq from which it goes on, by task
     */
    record Opened(
            long at,
            String client,
            int connection,
            String user,
            boolean all,
            String replica,
            Map<String, Long> resumed)
            implements Event {}

    /** A connection ended. */
    record Closed(long at, String client, int connection, String why) implements Event {}

    /**
     * A client is about to acknowledge an end; an answer that is lost leaves open whether it did.
     */
    record Acknowledging(long at, String client, String taskId, long seq) implements Event {}

    /** A client said that it has seen the end of a task, and a replica stored it. */
    record Acknowledged(long at, String client, String taskId, long seq) implements Event {}

    /** The counts of a frame, and how many nodes its lists name. */
    record Lists(int successCount, int failedCount, int succeeded, int failed, boolean truncated) {

        boolean agree() {
            return truncated || successCount == succeeded && failedCount == failed;
        }
    }

    /**
     * What a client received.
     *
     * @param lists null where it has none
     */
    record Framed(
            long at,
            String client,
            int connection,
            String user,
            String type,
            String taskId,
            long epoch,
            long seq,
            long skippedFrom,
            boolean snapshot,
            boolean durable,
            boolean gone,
            String node,
            Lists lists)
            implements Event {

        boolean terminal() {
            return type.equals("complete") || type.equals("error");
        }

        /** The first seq that it stands for. */
        long from() {
            return skippedFrom > 0 ? skippedFrom : seq;
        }
    }

    /** A node operation that a replica started, with what it thought was left of its lease. */
    record Started(
            long at, String replica, String taskId, long epoch, String node, long leaseLeftMs)
            implements Event {}

    /** The state of a replica's notifier, and of its database as it sees it, when it was asked. */
    record Stood(long at, String replica, String state, String database) implements Event {}

    /**
     * A fault, once it was healed.
     *
     * @param impairs what it holds up rightly: {@code client:<name>}, {@code replica:<name>},
     *     {@code rows:<replica>}, {@code rows}, {@code clock:<replica>}; nothing for what the
     *     system has to stand
     */
    record Faulted(long at, long until, String fault, String target, List<String> impairs)
            implements Event {}

    /** A replica was killed: what only it knew is gone. */
    record Died(long at, String replica) implements Event {}

    /** How many messages a replica delivered by a path, by its own count. */
    record Delivered(long at, String replica, String path, long count) implements Event {}

    /** Something that was counted at the end, and how much of it may be. */
    record Counted(long at, String what, long count, long allowed) implements Event {}
}
