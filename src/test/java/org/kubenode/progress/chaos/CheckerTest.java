package org.kubenode.progress.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kubenode.progress.chaos.Violation.Kind.ACKNOWLEDGED;
import static org.kubenode.progress.chaos.Violation.Kind.FOREIGN;
import static org.kubenode.progress.chaos.Violation.Kind.LEAK;
import static org.kubenode.progress.chaos.Violation.Kind.LEASE;
import static org.kubenode.progress.chaos.Violation.Kind.LISTS;
import static org.kubenode.progress.chaos.Violation.Kind.LOST_TASK;
import static org.kubenode.progress.chaos.Violation.Kind.MISSING;
import static org.kubenode.progress.chaos.Violation.Kind.MUTE;
import static org.kubenode.progress.chaos.Violation.Kind.ORDER;
import static org.kubenode.progress.chaos.Violation.Kind.PHANTOM;
import static org.kubenode.progress.chaos.Violation.Kind.ROWS;
import static org.kubenode.progress.chaos.Violation.Kind.STALE;
import static org.kubenode.progress.chaos.Violation.Kind.TERMINAL;
import static org.kubenode.progress.chaos.Violation.Kind.TRUST;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A history in which nothing is wrong, and one breach of each kind planted into it. */
class CheckerTest {

    private static final int NODES = 4;
    private static final String TASK = "t1";

    private final List<Event> history = new ArrayList<>();

    /** A task of alice with four nodes, of which the second fails, seen by her and by a viewer. */
    @BeforeEach
    void whole() {
        history.add(new Event.Ran(0, 1, "POSTGRES", 5_000, 3_000, 1_000, 10_000));
        history.add(new Event.Accepted(900, "alice", TASK, "a", "drain", true));
        for (String client : List.of("alice", "viewer")) {
            history.add(
                    new Event.Opened(
                            500, client, 1, client, client.equals("viewer"), "a", Map.of()));
        }
        for (int at = 0; at < 60_000; at += 200) {
            history.add(new Event.Stood(at, "a", "REALTIME", "up"));
        }
        for (int seq = 1; seq <= NODES + 1; seq++) {
            boolean end = seq == NODES + 1;
            String status = end ? null : seq == 2 ? "failed" : "succeeded";
            String node = end ? null : "node-" + seq;
            String type = end ? "complete" : "progress";
            if (!end) {
                history.add(new Event.Started(1_000L * seq - 100, "a", TASK, 1, node, 2_000));
            }
            history.add(
                    new Event.Committed(
                            1_000L * seq, "alice", TASK, 1, seq, type, node, status, !end));
            for (String client : List.of("alice", "viewer")) {
                history.add(frame(1_000L * seq + 5, client, 1, type, seq, node));
            }
        }
        history.add(
                new Event.Task(
                        9_000,
                        "alice",
                        TASK,
                        "drain",
                        "completed",
                        NODES + 1,
                        1,
                        NODES,
                        3,
                        1,
                        true));
        history.add(new Event.Counted(9_000, "sockets", 3, 3));
    }

    private static Event.Framed frame(
            long at, String client, int connection, String type, long seq, String node) {
        return new Event.Framed(
                at,
                client,
                connection,
                "alice",
                type,
                TASK,
                1,
                seq,
                0,
                false,
                true,
                false,
                node,
                null);
    }

    private Set<Violation.Kind> found() {
        return Checker.check(history).violations().stream()
                .map(Violation::kind)
                .collect(Collectors.toSet());
    }

    private static Predicate<Event> frameOf(String client, long seq) {
        return event ->
                event instanceof Event.Framed frame
                        && frame.client().equals(client)
                        && frame.seq() == seq;
    }

    private static Predicate<Event> row(long seq) {
        return event -> event instanceof Event.Committed row && row.seq() == seq;
    }

    private <T extends Event> void change(Predicate<Event> which, UnaryOperator<Event> to) {
        boolean any = false;
        for (int i = 0; i < history.size(); i++) {
            if (which.test(history.get(i))) {
                history.set(i, to.apply(history.get(i)));
                any = true;
            }
        }
        assertThat(any).isTrue();
    }

    private static Event.Framed at(Event event, long at) {
        Event.Framed f = (Event.Framed) event;
        return new Event.Framed(
                at,
                f.client(),
                f.connection(),
                f.user(),
                f.type(),
                f.taskId(),
                f.epoch(),
                f.seq(),
                f.skippedFrom(),
                f.snapshot(),
                f.durable(),
                f.gone(),
                f.node(),
                f.lists());
    }

    private static Event.Framed skipping(Event event, long from) {
        Event.Framed f = (Event.Framed) event;
        return new Event.Framed(
                f.at(),
                f.client(),
                f.connection(),
                f.user(),
                f.type(),
                f.taskId(),
                f.epoch(),
                f.seq(),
                from,
                f.snapshot(),
                f.durable(),
                f.gone(),
                f.node(),
                f.lists());
    }

    @Test
    void findsNothingWhereNothingIsWrong() {
        assertThat(Checker.check(history).violations()).isEmpty();
    }

    @Test
    void judgesAHistoryFromItsFile(@TempDir Path folder) throws Exception {
        History written = new History();
        history.forEach(written::add);
        written.write(folder.resolve("history.jsonl"));
        assertThat(History.read(folder.resolve("history.jsonl"))).isEqualTo(history);
    }

    @Test
    void findsAMessageThatWasNeverSent() {
        history.removeIf(frameOf("alice", 3));
        assertThat(found()).containsExactlyInAnyOrder(MISSING, ORDER);
    }

    @Test
    void findsAMessageThatAResumeLeftOut() {
        history.removeIf(frameOf("alice", 3).or(frameOf("alice", 4)).or(frameOf("alice", 5)));
        history.add(new Event.Closed(2_500, "alice", 1, "cut"));
        history.add(new Event.Opened(2_600, "alice", 2, "alice", false, "a", Map.of(TASK, 3L)));
        history.add(frame(4_005, "alice", 2, "progress", 4, "node-4"));
        history.add(frame(5_005, "alice", 2, "complete", 5, null));
        assertThat(found()).containsExactly(MISSING);
    }

    @Test
    void takesWhatIsNamedAsSkippedForToldUnlessItMustBeSeen() {
        history.removeIf(frameOf("alice", 3));
        change(frameOf("alice", 4), frame -> skipping(frame, 3));
        assertThat(found()).isEmpty();
        history.removeIf(frameOf("viewer", 2));
        change(frameOf("viewer", 3), frame -> skipping(frame, 2));
        assertThat(found()).containsExactly(MISSING);
    }

    @Test
    void takesASnapshotForAllBeforeIt() {
        history.removeIf(frameOf("alice", 1).or(frameOf("alice", 2)));
        change(
                frameOf("alice", 3),
                event -> {
                    Event.Framed f = (Event.Framed) event;
                    return new Event.Framed(
                            f.at(),
                            f.client(),
                            1,
                            "alice",
                            f.type(),
                            TASK,
                            1,
                            3,
                            0,
                            true,
                            true,
                            false,
                            f.node(),
                            f.lists());
                });
        assertThat(found()).isEmpty();
    }

    @Test
    void findsAFrameThatCameTwiceOrTooEarly() {
        history.add(frame(3_500, "viewer", 1, "progress", 3, "node-3"));
        assertThat(found()).containsExactly(ORDER);
    }

    @Test
    void findsADurableFrameWithoutARow() {
        history.removeIf(row(5));
        change(event -> event instanceof Event.Task, any -> task("running", 4, 3, 1, false));
        assertThat(found()).containsExactlyInAnyOrder(PHANTOM, LOST_TASK);
    }

    @Test
    void excusesAFrameThatSaysItIsNotDurable() {
        history.add(
                new Event.Framed(
                        8_000,
                        "alice",
                        1,
                        "alice",
                        "progress",
                        "t2",
                        1,
                        1,
                        0,
                        false,
                        false,
                        false,
                        "node-1",
                        null));
        assertThat(found()).isEmpty();
    }

    /**
     * Somebody who comes at 50 s, after so many tasks with one message each; the first is unseen.
     */
    private void ended(int tasks) {
        for (int i = 0; i < tasks; i++) {
            String id = "t-" + i;
            long at = 20_000 + 100L * i;
            history.add(new Event.Committed(at, "carol", id, 1, 1, "complete", null, null, false));
            history.add(
                    new Event.Task(60_000, "carol", id, "drain", "completed", 1, 1, 0, 0, 0, true));
        }
        history.add(new Event.Opened(500, "carol", 1, "carol", false, "a", Map.of()));
        history.add(new Event.Closed(600, "carol", 1, "gone"));
        history.add(new Event.Opened(50_000, "carol", 2, "carol", false, "a", Map.of()));
        for (int i = 1; i < tasks; i++) {
            history.add(
                    new Event.Framed(
                            50_010,
                            "carol",
                            2,
                            "carol",
                            "complete",
                            "t-" + i,
                            1,
                            1,
                            0,
                            true,
                            true,
                            false,
                            null,
                            null));
        }
        history.removeIf(event -> event instanceof Event.Opened o && o.client().equals("viewer"));
        history.removeIf(event -> event instanceof Event.Framed f && f.client().equals("viewer"));
    }

    @Test
    void whoWasAwayIsShownTheLastFiftyEnds() {
        ended(51);
        assertThat(found()).isEmpty();
    }

    @Test
    void whoWasAwayIsNotShownFewer() {
        ended(50);
        assertThat(found()).containsExactlyInAnyOrder(MISSING, TERMINAL);
    }

    /** The first of fifty, acknowledged elsewhere while the rows could not be read. */
    @Test
    void whoCameWhileTheRowsWereAwayIsNotOwedWhatWasThenAcknowledgedElsewhere() {
        ended(50);
        history.add(new Event.Opened(30_000, "carol", 3, "carol", false, "a", Map.of()));
        history.add(new Event.Closed(40_000, "carol", 3, "gone"));
        change(
                event -> event instanceof Event.Opened o && o.connection() == 2,
                any -> new Event.Opened(50_000, "carol", 4, "carol", false, "a", Map.of()));
        change(
                event -> event instanceof Event.Framed f && f.client().equals("carol"),
                any -> inConnection(4, (Event.Framed) any));
        history.add(new Event.Acknowledging(45_000, "elsewhere", "t-0", 1));
        assertThat(found()).contains(MISSING, TERMINAL);
        history.add(new Event.Faulted(29_000, 39_000, "KILL", "database", List.of("rows")));
        assertThat(found()).isEmpty();
    }

    private static Event.Framed inConnection(int connection, Event.Framed frame) {
        return new Event.Framed(
                frame.at(),
                frame.client(),
                connection,
                frame.user(),
                frame.type(),
                frame.taskId(),
                frame.epoch(),
                frame.seq(),
                0,
                frame.snapshot(),
                frame.durable(),
                frame.gone(),
                frame.node(),
                frame.lists());
    }

    @Test
    void findsASecondEnd() {
        history.add(frame(6_000, "alice", 1, "error", 6, null));
        history.add(new Event.Committed(5_995, "alice", TASK, 1, 6, "error", null, null, false));
        change(event -> event instanceof Event.Task, any -> task("completed", 6, 3, 1, true));
        assertThat(found()).contains(TERMINAL);
    }

    @Test
    void findsAnEndThatWasNeverShown() {
        history.removeIf(frameOf("alice", 5));
        assertThat(found()).containsExactlyInAnyOrder(TERMINAL, MISSING, MUTE);
    }

    @Test
    void findsAMessageThatCameLaterThanItsReplicasStateAllows() {
        change(frameOf("alice", 5), frame -> at(frame, 9_900));
        assertThat(found()).isEmpty();
        change(frameOf("alice", 5), frame -> at(frame, 10_100));
        assertThat(found()).containsExactly(STALE);
        history.add(new Event.Faulted(6_000, 7_000, "FREEZE", "a", List.of("replica:a")));
        assertThat(found()).isEmpty();
    }

    @Test
    void findsATighterBoundOutsideOfRealtime() {
        change(
                event -> event instanceof Event.Stood stood && stood.at() > 5_000,
                event -> new Event.Stood(event.at(), "a", "POLLING", "up"));
        change(frameOf("alice", 5), frame -> at(frame, 8_100));
        assertThat(found()).containsExactly(STALE);
    }

    /** A message a second, each seen so late in milliseconds. */
    private void delayed(IntUnaryOperator lateMs) {
        for (int seq = 1; seq <= 20; seq++) {
            long at = 10_000 + 1_000L * seq;
            history.add(
                    new Event.Committed(
                            at, "alice", "t3", 1, seq, "progress", "n" + seq, "succeeded", true));
            for (String client : List.of("alice", "viewer")) {
                history.add(
                        new Event.Framed(
                                at + lateMs.applyAsInt(seq),
                                client,
                                1,
                                "alice",
                                "progress",
                                "t3",
                                1,
                                seq,
                                0,
                                false,
                                true,
                                false,
                                "n" + seq,
                                null));
            }
        }
    }

    @Test
    void findsAReplicaThatTrustsAPathWhichBringsNothing() {
        delayed(seq -> 2_000);
        assertThat(found()).containsExactly(TRUST);
    }

    @Test
    void theNewestOfWhatAPollBringsDoesNotExcuseTheRest() {
        // A poll every three seconds.
        delayed(seq -> seq % 3 * 1_000 + 100);
        assertThat(found()).containsExactly(TRUST);
    }

    @Test
    void aPathThatWasLateOnceAndThenBringsEverythingIsTrusted() {
        delayed(seq -> seq <= 2 ? 2_000 : 5);
        assertThat(found()).isEmpty();
    }

    @Test
    void findsAMessageOfAnotherUser() {
        history.add(new Event.Opened(500, "bob", 1, "bob", false, "a", Map.of()));
        history.add(frame(1_005, "bob", 1, "progress", 1, "node-1"));
        assertThat(found()).containsExactly(FOREIGN);
    }

    @Test
    void findsAnOperationThatStartedAfterItsOwnersLease() {
        history.add(new Event.Started(4_000, "a", TASK, 1, "node-4", -1_000));
        assertThat(found()).containsExactly(LEASE);
    }

    @Test
    void countsAnOperationThatWentOnWithoutADatabase() {
        accepted("cordon", true);
        history.add(new Event.Started(4_000, "a", TASK, 1, "node-4", -1_000));
        assertThat(found()).containsExactly(LEASE);
        history.add(new Event.Faulted(3_500, 4_500, "POSTGRES_KILL", "database", List.of("rows")));
        Verdict verdict = Checker.check(history);
        assertThat(verdict.violations()).isEmpty();
        assertThat(verdict.counts())
                .containsEntry("starts after the lease without a database (continue)", 1L);
    }

    @Test
    void countsAnOperationOfATaskThatWasNotStoredYet() {
        accepted("drain", false);
        history.add(new Event.Started(950, "a", TASK, 1, "node-4", -1_000));
        assertThat(found()).isEmpty();
        history.add(new Event.Started(4_000, "a", TASK, 1, "node-5", -1_000));
        assertThat(found()).containsExactly(LEASE);
        history.add(new Event.Faulted(800, 4_500, "REPLICA_CLOCK", "a by 3 s", List.of("clock:a")));
        assertThat(found()).isEmpty();
    }

    @Test
    void takesAReplicasWordForItThatItHadNoDatabase() {
        accepted("cordon", true);
        history.add(new Event.Started(4_000, "a", TASK, 1, "node-4", -1_000));
        history.add(new Event.Stood(3_900, "a", "REALTIME", "down"));
        assertThat(found()).isEmpty();
    }

    @Test
    void findsAnOperationOfAnOwnerThatWasReplaced() {
        history.add(new Event.Started(2_000, "b", TASK, 2, "node-3", 3_000));
        assertThat(found()).containsExactly(LEASE);
    }

    @Test
    void findsRowsWithAGapAStepBackOrANodeTwice() {
        history.removeIf(row(3));
        assertThat(found()).contains(ROWS);
    }

    @Test
    void findsARowOfAnOwnerThatWasReplaced() {
        change(
                row(2),
                any ->
                        new Event.Committed(
                                2_000, "alice", TASK, 2, 2, "progress", "node-2", "failed", true));
        assertThat(found()).contains(ROWS);
    }

    @Test
    void findsANodeWithTwoResults() {
        change(
                row(3),
                any ->
                        new Event.Committed(
                                3_000,
                                "alice",
                                TASK,
                                1,
                                3,
                                "progress",
                                "node-1",
                                "succeeded",
                                true));
        assertThat(found()).contains(ROWS);
    }

    @Test
    void findsATaskThatWasAcceptedAndForgottenUnlessItSaidSo() {
        history.add(new Event.Accepted(900, "alice", "t9", "a", "cordon", true));
        assertThat(found()).containsExactly(LOST_TASK);
        history.removeIf(
                event ->
                        event instanceof Event.Accepted accepted && accepted.taskId().equals("t9"));
        history.add(new Event.Accepted(900, "alice", "t9", "a", "cordon", false));
        assertThat(found()).containsExactly(LOST_TASK);
        history.add(new Event.Died(1_000, "a"));
        assertThat(found()).isEmpty();
    }

    @Test
    void findsWhatWasLeftBehind() {
        history.add(new Event.Counted(9_000, "subscriptions of a", 2, 1));
        assertThat(found()).containsExactly(LEAK);
    }

    @Test
    void findsListsThatDoNotAgreeWithTheCountsUnlessTheyWereCut() {
        with(new Event.Lists(3, 1, 3, 1, false));
        assertThat(found()).isEmpty();
        with(new Event.Lists(3, 1, 2, 1, false));
        assertThat(found()).containsExactly(LISTS);
        with(new Event.Lists(3, 1, 2, 1, true));
        assertThat(found()).isEmpty();
    }

    private void with(Event.Lists lists) {
        change(
                frameOf("alice", NODES + 1),
                event -> {
                    Event.Framed f = (Event.Framed) event;
                    return new Event.Framed(
                            f.at(),
                            f.client(),
                            f.connection(),
                            f.user(),
                            f.type(),
                            f.taskId(),
                            f.epoch(),
                            f.seq(),
                            f.skippedFrom(),
                            f.snapshot(),
                            f.durable(),
                            f.gone(),
                            f.node(),
                            lists);
                });
    }

    @Test
    void findsAnAcknowledgedTaskThatIsShownAgainUnlessItWasAskedFor() {
        history.add(new Event.Acknowledged(7_000, "alice", TASK, NODES + 1));
        history.add(new Event.Closed(8_000, "alice", 1, "cut"));
        history.add(new Event.Opened(9_000, "alice", 2, "alice", false, "a", Map.of()));
        assertThat(found()).isEmpty();
        history.add(frame(9_100, "alice", 2, "progress", 1, "node-1"));
        assertThat(found()).contains(ACKNOWLEDGED);

        change(
                event -> event instanceof Event.Opened opened && opened.connection() == 2,
                any -> new Event.Opened(9_000, "alice", 2, "alice", false, "a", Map.of(TASK, 0L)));
        assertThat(found()).doesNotContain(ACKNOWLEDGED);
    }

    @Test
    void findsATaskThatWentMuteThoughALaterConnectionIsToldTheRest() {
        history.removeIf(frameOf("alice", NODES + 1));
        history.add(new Event.Closed(40_000, "alice", 1, "cut"));
        history.add(
                new Event.Opened(
                        40_100, "alice", 2, "alice", false, "a", Map.of(TASK, (long) NODES)));
        history.add(frame(40_200, "alice", 2, "complete", NODES + 1, null));
        assertThat(found()).containsExactly(MUTE);
        history.add(new Event.Faulted(2_000, 38_000, "FREEZE", "a", List.of("replica:a")));
        assertThat(found()).isEmpty();
    }

    private void accepted(String action, boolean durable) {
        change(
                event -> event instanceof Event.Accepted,
                any -> new Event.Accepted(900, "alice", TASK, "a", action, durable));
    }

    private static Event.Task task(
            String status, long lastSeq, int succeeded, int failed, boolean ended) {
        return new Event.Task(
                9_000, "alice", TASK, "drain", status, lastSeq, 1, NODES, succeeded, failed, ended);
    }
}
