package org.kubenode.progress.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;
import static org.kubenode.progress.notify.NotifierState.POLLING;
import static org.kubenode.progress.notify.NotifierState.REALTIME;

import ch.qos.logback.classic.Level;
import io.lettuce.core.AclSetuserArgs;
import io.lettuce.core.protocol.CommandType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kubenode.progress.testing.RedisProcess;
import org.kubenode.progress.testing.RedisProcess.Kind;

/**
 * Redis and its Sentinels with users and rights. Valkey is left out where the system property
 * {@code valkey.server} names none: src/test/servers/run.sh fetches one.
 */
class RedisAccessTest {

    private static final Duration CURE = Duration.ofSeconds(5);

    private final List<RedisProcess> processes = new ArrayList<>();
    private NotifierApp app;

    @TempDir private Path folder;

    private RedisProcess run(RedisProcess process) throws Exception {
        processes.add(process);
        return process.start();
    }

    private RedisProcess server(Kind kind) throws Exception {
        assumeThat(kind == Kind.REDIS || System.getProperty("valkey.server") != null).isTrue();
        return run(kind.server(""));
    }

    /** A user that may do what the notifier needs and nothing else. */
    private static AclSetuserArgs least() {
        return AclSetuserArgs.Builder.on()
                .addPassword("user's pass")
                .resetChannels()
                .channelPattern("progress:user:*")
                .addCommand(CommandType.PUBLISH)
                .addCommand(CommandType.PSUBSCRIBE);
    }

    private static void user(RedisProcess redis, AclSetuserArgs rights) {
        redis.ask(commands -> commands.aclSetuser("progress", rights));
    }

    private void start(String... more) {
        List<String> settings = new ArrayList<>(List.of(more));
        settings.add("progress.notify_type=redis");
        settings.add("progress.replica=r1");
        settings.add("database.type=sqlite");
        settings.add("database.path=" + folder.resolve("progress.db"));
        app = NotifierApp.start(settings.toArray(String[]::new));
    }

    private void startAsUser(RedisProcess redis) {
        start(
                "progress.redis.addr=" + redis.addr(),
                "progress.redis.username=progress",
                "progress.redis.password=user's pass");
    }

    private void assertDelivered() {
        String payload = NotifierApp.reference("t1", "7", 1);
        app.publish("7", payload);
        await().atMost(CURE).until(() -> app.edge.received.contains(payload));
    }

    /** The server's own words are the reason, and nothing is started over and over for it. */
    private void assertRefused(String why) {
        app.awaitState(POLLING);
        assertThat(app.circuit.snapshot().reason()).contains(why);
        int attempts = app.circuit.snapshot().attempts();
        await().atMost(Duration.ofSeconds(20))
                .until(() -> app.circuit.snapshot().attempts() >= attempts + 3);
        assertThat(app.circuit.state()).isEqualTo(POLLING);
        assertThat(app.circuit.snapshot().reason()).contains(why);
        assertThat(app.logged(Level.ERROR, why)).hasSize(1);
        assertThat(app.logged(Level.INFO, "Started redis notification").size()).isLessThan(2);
        assertThat(app.noise()).isEmpty();
    }

    @AfterEach
    void stop() {
        if (app != null) {
            app.close();
        }
        processes.forEach(RedisProcess::close);
    }

    @ParameterizedTest
    @EnumSource
    void aUserNeedsNoMoreThanThePatternAndTwoCommands(Kind kind) throws Exception {
        RedisProcess redis = server(kind);
        user(redis, least());
        startAsUser(redis);
        app.awaitState(REALTIME);
        assertDelivered();
        assertThat(app.logged(Level.DEBUG, "user's pass")).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void aServerThatDeniesPublishSaysSoAndIsUsedAgainOnceItAllowsIt(Kind kind) throws Exception {
        RedisProcess redis = server(kind);
        user(redis, least().removeCommand(CommandType.PUBLISH));
        startAsUser(redis);
        assertRefused("NOPERM");
        assertThat(app.circuit.snapshot().reason()).containsIgnoringCase("publish");

        user(redis, least());
        app.awaitState(REALTIME, CURE);
        assertDelivered();
    }

    @ParameterizedTest
    @EnumSource
    void aServerThatDeniesPsubscribeSaysSo(Kind kind) throws Exception {
        RedisProcess redis = server(kind);
        user(redis, least().removeCommand(CommandType.PSUBSCRIBE));
        startAsUser(redis);
        assertRefused("NOPERM");
        assertThat(app.circuit.snapshot().reason()).containsIgnoringCase("psubscribe");
    }

    private RedisProcess guardedSentinel(Kind kind, String... more) throws Exception {
        RedisProcess redis = server(kind);
        return run(kind.sentinel("s3cret", "mymaster", redis.port(), Duration.ofMinutes(1), more));
    }

    @ParameterizedTest
    @EnumSource
    void anAddressThatIsASentinelWithAPasswordIsUsedAsOne(Kind kind) throws Exception {
        RedisProcess sentinel = guardedSentinel(kind);
        start("progress.redis.addr=" + sentinel.addr(), "progress.redis.sentinel_password=s3cret");
        app.awaitState(REALTIME);
        assertDelivered();
    }

    @ParameterizedTest
    @EnumSource
    void aSentinelWithUsersIsGivenItsOwn(Kind kind) throws Exception {
        RedisProcess sentinel = guardedSentinel(kind, "user watch on >other +@all ~* &*");
        start(
                "progress.redis.sentinel_addrs=" + sentinel.addr(),
                "progress.redis.sentinel_username=watch",
                "progress.redis.sentinel_password=other");
        app.awaitState(REALTIME);
        assertDelivered();
    }

    @ParameterizedTest
    @EnumSource
    void aSentinelThatAsksForAPasswordSaysSo(Kind kind) throws Exception {
        RedisProcess sentinel = guardedSentinel(kind);
        start("progress.redis.sentinel_addrs=" + sentinel.addr());
        assertRefused("NOAUTH");
    }

    @ParameterizedTest
    @EnumSource
    void aSentinelThatIsGivenAWrongPasswordSaysSo(Kind kind) throws Exception {
        RedisProcess sentinel = guardedSentinel(kind);
        start(
                "progress.redis.sentinel_addrs=" + sentinel.addr(),
                "progress.redis.sentinel_password=wrong");
        assertRefused("WRONGPASS");
    }
}
