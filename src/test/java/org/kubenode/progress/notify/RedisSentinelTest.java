package org.kubenode.progress.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.kubenode.progress.notify.NotifierState.REALTIME;
import static org.kubenode.progress.notify.NotifierState.RECONNECTING;

import ch.qos.logback.classic.Level;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.ProtocolKeyword;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kubenode.progress.store.StoreFixture;
import org.kubenode.progress.testing.RedisProcess;
import org.kubenode.progress.wire.WireCodec;

/** Redis behind real Sentinels. */
class RedisSentinelTest {

    private static final Duration DOWN_AFTER = Duration.ofSeconds(1);

    private final List<RedisProcess> processes = new ArrayList<>();
    private final List<RedisProcess> sentinels = new ArrayList<>();
    private RedisProcess master;
    private RedisProcess replica;
    private NotifierApp app;

    @TempDir private Path folder;

    private enum Word implements ProtocolKeyword {
        SENTINEL;

        @Override
        public byte[] getBytes() {
            return name().getBytes(StandardCharsets.US_ASCII);
        }
    }

    private RedisProcess run(RedisProcess process) throws Exception {
        processes.add(process);
        return process.start();
    }

    private void trio(String masterName) throws Exception {
        master = run(RedisProcess.server(""));
        replica = run(RedisProcess.server("", "--replicaof", "127.0.0.1", "" + master.port()));
        for (int i = 0; i < 3; i++) {
            sentinels.add(run(RedisProcess.sentinel(masterName, master.port(), DOWN_AFTER)));
        }
        await().atMost(Duration.ofSeconds(20))
                .until(
                        () ->
                                sentinels.stream()
                                        .allMatch(s -> knowsAll(s.ask(RedisCommands::info))));
    }

    private static boolean knowsAll(String info) {
        return info.contains("slaves=1") && info.contains("sentinels=3");
    }

    private static void tell(RedisProcess sentinel, String... words) {
        CommandArgs<String, String> arguments = new CommandArgs<>(StringCodec.UTF8);
        for (String word : words) {
            arguments.add(word);
        }
        sentinel.ask(
                commands ->
                        commands.dispatch(
                                Word.SENTINEL, new StatusOutput<>(StringCodec.UTF8), arguments));
    }

    private void start(String... more) {
        List<String> settings = new ArrayList<>(List.of(more));
        settings.add("progress.notify_type=redis");
        settings.add("progress.replica=r1");
        settings.add("database.type=sqlite");
        settings.add("database.path=" + folder.resolve("progress.db"));
        app = NotifierApp.start(settings.toArray(String[]::new)).awaitState(REALTIME);
    }

    private void assertDelivered(String taskId) {
        String payload = NotifierApp.reference(taskId, "7", 1);
        app.publish("7", payload);
        await().atMost(Duration.ofSeconds(5)).until(() -> app.edge.received.contains(payload));
    }

    private void assertFailover() {
        assertDelivered("before");
        master.kill();
        app.awaitState(RECONNECTING);
        await().atMost(Duration.ofSeconds(15))
                .until(() -> replica.ask(RedisCommands::role).get(0).equals("master"));
        app.awaitState(REALTIME);
        assertDelivered("after");
        assertThat(replica.connectionsOf("kube-node-manager-r1")).isEqualTo(2);
    }

    @AfterEach
    void stop() {
        if (app != null) {
            app.close();
        }
        processes.forEach(RedisProcess::close);
    }

    @Test
    void followsTheSentinelsToTheNewMaster() throws Exception {
        trio("orders");
        start(
                "progress.redis.sentinel_addrs="
                        + String.join(",", sentinels.stream().map(RedisProcess::addr).toList()),
                "progress.redis.sentinel_master_name=orders");
        assertFailover();
    }

    @Test
    void anAddressThatIsASentinelIsUsedAsOne() throws Exception {
        trio("mymaster");
        start("progress.redis.addr=" + sentinels.get(0).addr());
        assertFailover();
    }

    @Test
    void lateFindsLeadFromAnOldMasterThatStillAnswersToTheNewOne() throws Exception {
        master = run(RedisProcess.server(""));
        replica = run(RedisProcess.server(""));
        RedisProcess sentinel =
                run(RedisProcess.sentinel("mymaster", master.port(), Duration.ofMinutes(1)));
        try (StoreFixture rows = StoreFixture.onSqlite(folder.resolve("progress.db")).migrated()) {
            start("progress.redis.addr=" + sentinel.addr(), "progress.poll_interval=2000");
            app.edge.users.add("7");
            assertThat(master.connectionsOf("kube-node-manager-r1")).isEqualTo(2);

            tell(sentinel, "REMOVE", "mymaster");
            tell(sentinel, "MONITOR", "mymaster", "127.0.0.1", "" + replica.port(), "1");
            // Another replica writes and publishes on the new master: nothing of it comes here.
            insertTask(rows);
            int[] seq = {0};
            await().atMost(Duration.ofSeconds(20))
                    .pollInterval(Duration.ofMillis(100))
                    .until(
                            () -> {
                                write(rows, ++seq[0]);
                                return replica.connectionsOf("kube-node-manager-r1") == 2;
                            });

            app.awaitState(REALTIME);
            assertThat(app.edge.polled).isNotEmpty();
            assertThat(app.circuit.snapshot().degradations()).isEqualTo(1);
            assertThat(app.logged(Level.WARN, "backup poll")).hasSize(1);
            assertThat(master.connectionsOf("kube-node-manager-r1")).isZero();
            assertDelivered("after");
        }
    }

    private static void insertTask(StoreFixture rows) {
        rows.execute(
                "INSERT INTO progress_tasks (task_id, user_id, action, cluster_name, status, total,"
                        + " epoch, created_at, updated_at) VALUES ('t1', '7', 'cordon', 'test',"
                        + " 'running', 1000, 1, '2026-01-01T00:00:00.000Z',"
                        + " '2026-01-01T00:00:00.000Z')");
    }

    /** A message that was committed a little more than a second ago, and one of just now. */
    private static void write(StoreFixture rows, int seq) {
        Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        insertMessage(rows, 2 * seq - 1, now.minusMillis(1_200));
        insertMessage(rows, 2 * seq, now);
        rows.execute(
                "UPDATE progress_tasks SET last_seq = " + 2 * seq + ", updated_at = '" + now + "'");
    }

    private static void insertMessage(StoreFixture rows, int seq, Instant at) {
        rows.execute(
                "INSERT INTO progress_messages (task_id, epoch, seq, user_id, type, action, current,"
                        + " total, success_count, failed_count, node_final, message, created_at)"
                        + " VALUES ('t1', 1, %1$d, '7', 'progress', 'cordon', %1$d, 1000, %1$d, 0, 1,"
                                .formatted(seq)
                        + " 'Processed', '%s')".formatted(WireCodec.timestamp(at)));
    }
}
