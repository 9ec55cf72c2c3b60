package org.kubenode.progress.servers;

import java.nio.file.Path;
import java.util.List;
import org.kubenode.progress.testing.ReplicaProcess;

/**
 * One field of the matrix.
 *
 * @param server its name and version
 * @param scenario what is wrong with it, and since when
 * @param setup makes the servers, in a folder of its own
 * @param expected what a replica has to make of it
 */
record Cell(String server, String scenario, Setup setup, Expected expected) {

    private static final String LONG = ", ten minutes";

    /** The same for ten minutes. */
    Cell lasting() {
        return new Cell(server, scenario + LONG, setup, expected);
    }

    /** How long it is watched. */
    int seconds(int usual) {
        return scenario.endsWith(LONG) ? usual * 5 : usual;
    }

    /** Makes the servers of a cell; none runs yet, unless it says so itself. */
    interface Setup {
        Stage make(Path folder) throws Exception;
    }

    /** Something that is done to a server. */
    interface Action {
        void run() throws Exception;
    }

    /**
     * The servers and what happens to them.
     *
     * @param options of the replica
     * @param well the state that the notifier has when all is well
     * @param before what is done before the replica starts
     * @param fault what is done once it is well; null: it never was
     * @param cure what puts it right; null: nothing does
     * @param after ends the servers
     */
    record Stage(
            List<String> options,
            String well,
            Action before,
            Action fault,
            Action cure,
            Action after) {}

    /**
     * @param state of the notifier, while the fault lasts, as a pattern
     * @param reason a pattern that the notifier's reason holds, or the database's where there is
     *     one for it; null for a state without one
     * @param database {@code up} or {@code down}, while the fault lasts
     * @param databaseReason as reason
     * @param lines at most, from the end of the start on
     */
    record Expected(
            String state, String reason, String database, String databaseReason, int lines) {

        static Expected well() {
            return new Expected("REALTIME", null, "up", null, 12);
        }

        static Expected notifier(String reason) {
            return new Expected("POLLING", reason, "up", null, 14);
        }

        static Expected both(String reason) {
            return new Expected("POLLING", reason, "down", reason, 24);
        }
    }

    /** What was seen. */
    record Seen(
            String state,
            String reason,
            String database,
            String databaseReason,
            double toRealtime,
            long lines,
            List<String> faults) {}

    /** What the replica makes of it now. */
    record View(String state, String reason, String database, String databaseReason) {

        static View of(ReplicaProcess replica, String token) {
            var health = replica.api(token).get("/actuator/health").json().path("components");
            var notifier = health.path("notifier").path("details");
            var database = health.path("database").path("details");
            return new View(
                    notifier.path("state").asText(),
                    notifier.path("reason").asText(""),
                    database.path("state").asText(),
                    database.path("reason").asText(""));
        }

        boolean is(Expected expected) {
            return state.matches(expected.state())
                    && database.equals(expected.database())
                    && says(reason, expected.reason())
                    && says(databaseReason, expected.databaseReason());
        }

        private static boolean says(String text, String pattern) {
            return pattern == null || text.matches("(?is).*(" + pattern + ").*");
        }
    }
}
