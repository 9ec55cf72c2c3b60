package org.kubenode.progress.api;

import java.time.Instant;

/**
 * A checked request for a list of tasks, newest first. What is null does not narrow it.
 *
 * @param visibleTo the user whose tasks may be shown; null for everybody's
 * @param q a text that the id, the user, the action, the cluster or the reason holds, whatever the
 *     case
 * @param failed whether nodes failed
 * @param from of the time of creation, inclusive
 * @param to of the time of creation, exclusive
 * @param before tasks older than this one
 * @param limit 1 to 200
 */
public record TaskList(
        String visibleTo,
        String status,
        String cluster,
        String action,
        String user,
        String node,
        Boolean failed,
        Instant from,
        Instant to,
        String q,
        String before,
        int limit) {

    /** Every task_id is below it: hexadecimal digits. */
    private static final String END = "g";

    /** Whose tasks are looked for, if anybody's. */
    public String userId() {
        return user == null ? visibleTo : user;
    }

    /** The first task_id of the times asked for: an id (UUID version 7) begins with its time. */
    public String fromId() {
        return from == null ? "" : idAt(from);
    }

    /** The first task_id that is not asked for. */
    public String toId() {
        String end = to == null ? END : idAt(to);
        return before == null || before.compareTo(end) > 0 ? end : before;
    }

    /** One more than is shown tells whether there are more. */
    public int fetch() {
        return limit + 1;
    }

    private static String idAt(Instant time) {
        long ms = Math.max(0, Math.min(time.toEpochMilli(), (1L << 48) - 1));
        return "%08x-%04x".formatted(ms >>> 16, ms & 0xffff);
    }
}
