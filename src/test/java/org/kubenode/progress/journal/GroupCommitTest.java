package org.kubenode.progress.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.store.Rows;
import org.kubenode.progress.store.StoreFixture;
import org.kubenode.progress.testing.Relay;
import org.kubenode.progress.wire.Frame;
import org.kubenode.progress.wire.Notification;
import org.kubenode.progress.wire.NotificationTrace;
import org.kubenode.progress.wire.WireCodec;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** The journal on PostgreSQL: groups, lost links, other owners, rows that are refused. */
class GroupCommitTest {

    private static final Duration SOON = Duration.ofSeconds(15);

    /** What a batch was told. */
    private static class Told implements RunListener {
        final AtomicInteger durable = new AtomicInteger();
        final AtomicInteger provisional = new AtomicInteger();
        final List<String> lost = new CopyOnWriteArrayList<>();
        final List<String> refused = new CopyOnWriteArrayList<>();
        final List<Frame> ended = new CopyOnWriteArrayList<>();
        final List<Instant> cancelled = new CopyOnWriteArrayList<>();

        @Override
        public void settled(NodeResult result, boolean committed) {
            (committed ? durable : provisional).incrementAndGet();
        }

        @Override
        public void lost(String why) {
            lost.add(why);
        }

        @Override
        public void refused(String why) {
            refused.add(why);
        }

        @Override
        public void ended(Frame terminal) {
            ended.add(terminal);
        }

        @Override
        public void cancelRequested(Instant at) {
            cancelled.add(at);
        }
    }

    private static Told listen(TaskRun run) {
        Told told = new Told();
        run.listener(told);
        return told;
    }

    private static List<Long> seqs(Routes routes, String taskId) {
        return routes
                .sql("read-messages", 3, Map.of("task_id", taskId, "since", 0, "limit", 10_000))
                .stream()
                .map(row -> Rows.number(row, "seq"))
                .toList();
    }

    private static List<Long> upTo(long last) {
        List<Long> all = new ArrayList<>();
        for (long seq = 1; seq <= last; seq++) {
            all.add(seq);
        }
        return all;
    }

    @Test
    void aFencedAMissingAndARefusedTaskHarmOnlyThemselves() {
        try (Routes routes = new Routes(StoreFixture.onPostgres().migrated(), "postgres")) {
            routes.store.execute(
                    "ALTER TABLE progress_messages ADD CHECK (node_error <> 'refuse me')");
            List<TaskRun> runs = new ArrayList<>();
            List<Told> told = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                TaskRun run = routes.start(String.format("task-%02d", i), "1", 10);
                runs.add(run);
                told.add(listen(run));
            }
            routes.store.execute("UPDATE progress_tasks SET epoch = 2 WHERE task_id = 'task-03'");
            routes.store.execute("DELETE FROM progress_tasks WHERE task_id = 'task-07'");

            // All wait together: added while nobody writes, written as one group.
            for (int i = 0; i < 20; i++) {
                String error =
                        switch (i) {
                            case 11 -> "bad \u0000 text \ud800";
                            case 13 -> "refuse me";
                            default -> "timeout";
                        };
                assertThat(routes.journal.add(NodeResult.failed(runs.get(i), "node-1", error)))
                        .isEqualTo(Journal.WRITE);
            }
            routes.template.sendBody("direct:write-progress", null);
            await().atMost(SOON).until(() -> routes.journal.backlog() == 0);

            for (int i = 0; i < 20; i++) {
                String task = String.format("task-%02d", i);
                switch (i) {
                    case 3 ->
                            assertThat(told.get(i).lost)
                                    .singleElement()
                                    .asString()
                                    .contains("epoch 2");
                    case 7 -> assertThat(told.get(i).lost).containsExactly("its row is gone");
                    case 13 -> {
                        // It ends once, instead of being claimed and refused again for ever.
                        assertThat(told.get(i).lost).isEmpty();
                        assertThat(told.get(i).refused)
                                .singleElement()
                                .asString()
                                .contains("refused");
                        assertThat(told.get(i).ended)
                                .singleElement()
                                .extracting(Frame::error)
                                .asString()
                                .startsWith("its rows are refused: ");
                        assertThat(told.get(i).ended.get(0).current()).isZero();
                        assertThat(seqs(routes, task)).containsExactly(1L);
                        assertThat(
                                        routes.store.number(
                                                "SELECT count(*) FROM progress_tasks WHERE task_id"
                                                        + " = 'task-13' AND status = 'failed' AND"
                                                        + " completed_at IS NOT NULL"))
                                .isEqualTo(1);
                        assertThat(routes.heldTasks.get(task)).isNull();
                    }
                    default -> {
                        assertThat(told.get(i).lost).isEmpty();
                        assertThat(told.get(i).durable).hasValue(1);
                        assertThat(seqs(routes, task)).containsExactly(1L);
                    }
                }
            }
            assertThat(
                            routes.store.number(
                                    "SELECT count(*) FROM progress_messages WHERE task_id ="
                                            + " 'task-11' AND node_error = 'bad  text \ufffd'"))
                    .isEqualTo(1);
            assertThat(routes.store.number("SELECT count(*) FROM progress_messages")).isEqualTo(18);
            assertThat(routes.journal.backlog()).isZero();
            assertThat(runs.get(3).lost()).isTrue();
        }
    }

    @Test
    void aLinkLostBetweenCommitAndAnswerWritesNothingTwice() throws Exception {
        StoreFixture direct = StoreFixture.onPostgres().migrated();
        try (Relay relay = Relay.to("localhost", StoreFixture.server().getPort());
                Routes routes = routesThrough(relay, direct)) {
            TaskRun run = routes.start("task-1", "1", 200);
            Told told = listen(run);
            routes.record(NodeResult.succeeded(run, "node-0", null));
            // The answer is on its way for 400 ms; the row is there long before the link is cut.
            relay.delay(Duration.ofMillis(400));
            ExecutorService threads = Executors.newFixedThreadPool(1);
            Future<?> write =
                    threads.submit(() -> routes.record(NodeResult.succeeded(run, "node-1", null)));
            await().atMost(SOON)
                    .pollInterval(Duration.ofMillis(5))
                    .until(
                            () ->
                                    direct.number("SELECT last_seq FROM progress_tasks") == 2
                                            && told.durable.get() == 1);
            relay.cut();
            relay.heal();
            write.get(10, TimeUnit.SECONDS);
            for (int i = 2; i < 100; i++) {
                routes.record(NodeResult.succeeded(run, "node-" + i, null));
            }
            routes.record(TaskEnd.completed(run));
            await().atMost(SOON).until(() -> told.ended.size() == 1);
            threads.shutdown();

            assertThat(routes.journal.figures().failures()).isPositive();
            assertThat(seqs(routes, "task-1")).isEqualTo(upTo(101));
            assertThat(told.durable.get() + told.provisional.get()).isEqualTo(100);
            assertThat(told.lost).isEmpty();
            assertThat(direct.number("SELECT current FROM progress_tasks")).isEqualTo(100);
        } finally {
            direct.close();
        }
    }

    @Test
    void whileTheDatabaseIsDownResultsAreShownAtOnceAndWrittenInOrderWhenItIsBack()
            throws Exception {
        StoreFixture direct = StoreFixture.onPostgres().migrated();
        try (Relay relay = Relay.to("localhost", StoreFixture.server().getPort());
                Routes routes =
                        new Routes(
                                StoreFixture.onPostgres(relay.port(), direct.databaseName())
                                        .migrated(),
                                "postgres",
                                50)) {
            TaskRun run = routes.start("task-1", "1", 200);
            Told told = listen(run);
            routes.record(NodeResult.succeeded(run, "node-1", null));
            assertThat(told.durable).hasValue(1);

            relay.refuse();
            await().atMost(SOON).until(() -> !routes.store.database().up());
            for (int i = 2; i <= 41; i++) {
                routes.record(NodeResult.succeeded(run, "node-" + i, null));
            }
            assertThat(told.provisional).hasValue(40);
            await().atMost(SOON)
                    .until(
                            () ->
                                    routes.provisional.stream()
                                                    .mapToInt(n -> n.messages().size())
                                                    .sum()
                                            == 40);
            assertThat(routes.provisional).noneMatch(Notification::durable);
            assertThat(
                            routes.provisional.stream()
                                    .flatMap(n -> n.messages().stream())
                                    .map(Frame::seq)
                                    .toList())
                    .isEqualTo(upTo(41).subList(1, 41));
            assertThat(routes.journal.hasRoom()).isTrue();
            for (int i = 0; i < 10; i++) {
                routes.journal.add(NodeResult.interim(run, "node-42", "waiting"));
            }
            assertThat(routes.journal.hasRoom()).isFalse();

            // Accepted while it is down: its row comes before the journal's.
            TaskRun accepted =
                    new TaskRun(
                            "task-2",
                            "1",
                            "cordon",
                            "test",
                            1,
                            2,
                            0,
                            0,
                            0,
                            Map.of(),
                            new LeaseClock(Routes.LEASE, System::nanoTime, System.nanoTime()),
                            false);
            routes.heldTasks.add(accepted);
            routes.acceptedTasks.add(
                    Routes.task("task-2", "1", 2).running("test", Routes.LEASE.toMillis()),
                    accepted);
            routes.record(NodeResult.succeeded(accepted, "node-1", null));

            relay.heal();
            await().atMost(SOON).until(() -> routes.journal.backlog() == 0);
            assertThat(seqs(routes, "task-1")).isEqualTo(upTo(51));
            assertThat(seqs(routes, "task-2")).isEqualTo(upTo(1));
            assertThat(accepted.stored()).isTrue();
            assertThat(told.durable.get() + told.provisional.get()).isEqualTo(41);
            assertThat(routes.store.database().state()).isEqualTo("up");
        } finally {
            direct.close();
        }
    }

    /** Otherwise what follows waits behind a gap that nobody can fill. */
    @Test
    void whatWasBeingWrittenWhenTheDatabaseWentAwayIsShownAsWell() throws Exception {
        StoreFixture direct = StoreFixture.onPostgres().migrated();
        try (Relay relay = Relay.to("localhost", StoreFixture.server().getPort());
                Routes routes = routesThrough(relay, direct)) {
            TaskRun run = routes.start("task-1", "1", 200);
            Told told = listen(run);
            routes.record(NodeResult.succeeded(run, "node-1", null));
            long statements = routes.journal.figures().statements();
            relay.blackHole();
            ExecutorService threads = Executors.newFixedThreadPool(1);
            Future<?> write =
                    threads.submit(() -> routes.record(NodeResult.succeeded(run, "node-2", null)));
            await().atMost(SOON).until(() -> routes.journal.figures().statements() > statements);

            routes.store.database().lost(new SQLException("no answer"));
            routes.journal.hold();
            routes.record(NodeResult.succeeded(run, "node-3", null));
            relay.refuse();
            write.get(10, TimeUnit.SECONDS);
            threads.shutdown();

            await().atMost(SOON)
                    .untilAsserted(
                            () ->
                                    assertThat(
                                                    routes.provisional.stream()
                                                            .flatMap(n -> n.messages().stream())
                                                            .map(Frame::seq))
                                            .containsExactlyInAnyOrder(2L, 3L));
            assertThat(told.provisional).hasValue(2);
            relay.heal();
            await().atMost(SOON).until(() -> routes.journal.backlog() == 0);
            assertThat(seqs(routes, "task-1")).isEqualTo(upTo(3));
        } finally {
            direct.close();
        }
    }

    @Test
    void twoWritersInOppositeOrdersDoNotDeadlock() throws Exception {
        StoreFixture store = StoreFixture.onPostgres().migrated();
        try (Routes routes = new Routes(store, "postgres")) {
            List<TaskRun> runs = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                runs.add(routes.start(String.format("task-%02d", i), "1", 1000));
            }
            List<Journal> journals = new ArrayList<>();
            ExecutorService threads = Executors.newFixedThreadPool(2);
            CountDownLatch start = new CountDownLatch(1);
            List<Future<?>> writers = new ArrayList<>();
            for (int w = 0; w < 2; w++) {
                // The second writer is a stale owner: it is refused, but it locks the same rows.
                long epoch = w == 0 ? 1 : 99;
                boolean forwards = w == 0;
                Journal journal = otherJournal(store);
                journals.add(journal);
                writers.add(
                        threads.submit(
                                () -> {
                                    start.await();
                                    for (int round = 0; round < 100; round++) {
                                        for (int i = 0; i < 40; i++) {
                                            TaskRun of = runs.get(forwards ? i : 39 - i);
                                            journal.add(
                                                    NodeResult.succeeded(
                                                            epoch == 1
                                                                    ? of
                                                                    : Routes.run(
                                                                            of.taskId(),
                                                                            "1",
                                                                            1000,
                                                                            99,
                                                                            0),
                                                            "node-" + round,
                                                            null));
                                        }
                                        journal.tryWrite();
                                        var group = journal.next();
                                        while (group != null) {
                                            journal.written(execute(store, group));
                                            group = journal.next();
                                        }
                                    }
                                    return null;
                                }));
            }
            start.countDown();
            for (Future<?> writer : writers) {
                writer.get(60, TimeUnit.SECONDS);
            }
            threads.shutdown();
            assertThat(
                            store.number(
                                    "SELECT deadlocks FROM pg_stat_database WHERE datname ="
                                            + " current_database()"))
                    .isZero();
            assertThat(store.number("SELECT count(*) FROM progress_messages")).isEqualTo(4_000);
            assertThat(journals.get(0).figures().committedRows()).isEqualTo(4_000);
        }
    }

    /** Routes whose link to the database can be broken. */
    private static Routes routesThrough(Relay relay, StoreFixture direct) {
        return new Routes(
                StoreFixture.onPostgres(relay.port(), direct.databaseName()).migrated(),
                "postgres");
    }

    private static Journal otherJournal(StoreFixture store) {
        return new Journal(
                new JournalSettings(1_000, 1_000, 1 << 20, 1_000, Routes.LEASE, true, false),
                new WireCodec(),
                store.database(),
                new HeldTasks(Routes.LEASE, System::nanoTime),
                java.time.Clock.systemUTC(),
                System::nanoTime,
                NotificationTrace.NONE);
    }

    private static List<Map<String, Object>> execute(
            StoreFixture store, Map<String, Object> parameters) throws Exception {
        return new org.springframework.jdbc.core.JdbcTemplate(store.dataSource())
                .queryForList(
                        WriteStatement.sql(), parameters.get("tasks"), parameters.get("lease_ms"));
    }

    @Test
    void manyNodesShareAStatementAndUpdatesStayHot() throws Exception {
        int nodes = 5_000;
        StoreFixture store = StoreFixture.onPostgres().migrated();
        try (Routes routes = new Routes(store, "postgres")) {
            TaskRun run = routes.start("task-1", "1", nodes);
            Semaphore permits = new Semaphore(50);
            Told told =
                    new Told() {
                        @Override
                        public void settled(NodeResult result, boolean committed) {
                            super.settled(result, committed);
                            permits.release();
                        }
                    };
            run.listener(told);
            ExecutorService operations = Executors.newFixedThreadPool(50);
            java.util.concurrent.ScheduledExecutorService cluster =
                    Executors.newScheduledThreadPool(1);
            long started = System.nanoTime();
            for (int i = 1; i <= nodes; i++) {
                String node = "node-" + i;
                permits.acquire();
                // An operation of 5 ms that holds no CPU.
                cluster.schedule(
                        () ->
                                operations.execute(
                                        () -> routes.record(NodeResult.succeeded(run, node, null))),
                        5,
                        TimeUnit.MILLISECONDS);
            }
            await().atMost(Duration.ofSeconds(60)).until(() -> told.durable.get() == nodes);
            double seconds = (System.nanoTime() - started) / 1e9;
            routes.record(TaskEnd.completed(run));
            operations.shutdown();
            cluster.shutdown();
            double roundTrips = routes.journal.figures().statements() / (double) nodes;
            store.execute("SELECT pg_stat_force_next_flush()");
            await().atMost(SOON)
                    .until(
                            () ->
                                    store.number(
                                                    "SELECT n_tup_upd FROM pg_stat_user_tables"
                                                            + " WHERE relname = 'progress_tasks'")
                                            >= routes.journal.figures().statements());
            double hot =
                    100.0
                            * store.number(
                                    "SELECT n_tup_hot_upd FROM pg_stat_user_tables WHERE relname ="
                                            + " 'progress_tasks'")
                            / store.number(
                                    "SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname ="
                                            + " 'progress_tasks'");
            System.out.printf(
                    "FIGURES %d nodes in %.2f s, %d statements, %.3f a node, %.1f %% HOT%n",
                    nodes, seconds, routes.journal.figures().statements(), roundTrips, hot);
            assertThat(seqs(routes, "task-1")).isEqualTo(upTo(nodes + 1));
            assertThat(roundTrips).isLessThanOrEqualTo(0.3);
            assertThat(hot).isGreaterThanOrEqualTo(95);
        }
    }

    @Test
    void theStatementNotifiesWhatARowHoldsAndAReferenceWhereItIsTooLarge() throws Exception {
        StoreFixture store = StoreFixture.onPostgres().migrated();
        try (Routes routes = new Routes(store, "postgres");
                Connection listener =
                        DriverManager.getConnection(
                                "jdbc:postgresql://localhost:"
                                        + StoreFixture.server().getPort()
                                        + "/"
                                        + store.databaseName(),
                                "postgres",
                                "");
                Statement listen = listener.createStatement()) {
            listen.execute("LISTEN progress_update");
            TaskRun run = routes.start("task-1", "7", 100);
            routes.record(NodeResult.failed(run, "node-1", "Größe: \"zu groß\" \ud83d\ude00"));
            for (int i = 2; i <= 40; i++) {
                routes.journal.add(NodeResult.failed(run, "node-" + i, "x".repeat(900)));
            }
            routes.template.sendBody("direct:write-progress", null);

            List<PGNotification> received = new ArrayList<>();
            await().atMost(SOON)
                    .until(
                            () -> {
                                PGNotification[] some =
                                        listener.unwrap(PGConnection.class).getNotifications(100);
                                if (some != null) {
                                    received.addAll(List.of(some));
                                }
                                return received.size() >= 2;
                            });
            WireCodec codec = new WireCodec();
            Notification first = codec.decode(received.get(0).getParameter());
            Frame row =
                    Rows.frame(
                            routes.sql(
                                            "read-messages",
                                            3,
                                            Map.of("task_id", "task-1", "since", 0, "limit", 1))
                                    .get(0));
            assertThat(first.messages()).containsExactly(row);
            Notification second = codec.decode(received.get(1).getParameter());
            assertThat(second.isReference()).isTrue();
            assertThat(second.seq()).isEqualTo(40);
            assertThat(received).hasSize(2);
        }
    }
}
