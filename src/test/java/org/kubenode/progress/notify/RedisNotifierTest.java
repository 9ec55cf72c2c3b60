package org.kubenode.progress.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;
import static org.kubenode.progress.notify.NotifierState.POLLING;
import static org.kubenode.progress.notify.NotifierState.REALTIME;
import static org.kubenode.progress.notify.NotifierState.RECONNECTING;

import ch.qos.logback.classic.Level;
import io.lettuce.core.KillArgs;
import io.lettuce.core.LettuceFutures;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.testing.RedisProcess;
import org.kubenode.progress.testing.Relay;

/** The Redis transport on a real server. */
class RedisNotifierTest {

    private static final Duration CURE = Duration.ofSeconds(5);

    private RedisProcess redis;
    private NotifierApp app;

    @BeforeEach
    void server() throws Exception {
        redis = RedisProcess.started();
    }

    @AfterEach
    void stop() {
        if (app != null) {
            app.close();
        }
        redis.close();
    }

    private NotifierApp start(String addr, String... more) {
        List<String> settings = new ArrayList<>(List.of(more));
        settings.add("progress.notify_type=redis");
        settings.add("progress.redis.addr=" + addr);
        settings.add("progress.replica=r1");
        settings.add("database.type=sqlite");
        settings.add("database.path=target/redis-notifier-test.db");
        app = NotifierApp.start(settings.toArray(String[]::new));
        return app;
    }

    private void assertOneConnectionEach() {
        assertThat(redis.connectionsOf("kube-node-manager-r1")).isEqualTo(2);
    }

    @Test
    void becomesRealtimeAndSaysSoWordForWord() {
        start(redis.addr()).awaitState(REALTIME);

        app.publish("7", NotifierApp.reference("t1", "7", 1));
        app.edge.awaitReceived(1);

        assertThat(app.edge.received).containsExactly(NotifierApp.reference("t1", "7", 1));
        assertThat(app.logged(Level.INFO, "Redis Pub/Sub notifier initialized")).hasSize(1);
        assertThat(app.logged(Level.INFO, "Started redis notification subscription")).hasSize(1);
        assertThat(app.logged(Level.INFO, "Using Redis Pub/Sub for real-time progress updates"))
                .hasSize(1);
        assertThat(app.logged(Level.DEBUG, "Sent Redis notification to channel progress:user:7"))
                .hasSize(1);
        assertThat(app.circuit.snapshot().probeMs()).isLessThan(500);
        assertOneConnectionEach();
    }

    @Test
    void keepsTheOrderOfTwentyThousand() {
        start(redis.addr()).awaitState(REALTIME);
        List<String> sent =
                IntStream.range(1, 20_001)
                        .mapToObj(i -> NotifierApp.reference("t1", "7", i))
                        .toList();
        List<String> received = new ArrayList<>();
        app.edge.onReceived = received::add;

        redis.ask(
                commands -> {
                    RedisAsyncCommands<String, String> async =
                            commands.getStatefulConnection().async();
                    Future<?>[] published =
                            sent.stream()
                                    .map(payload -> async.publish("progress:user:7", payload))
                                    .toArray(Future[]::new);
                    return LettuceFutures.awaitAll(20, TimeUnit.SECONDS, published);
                });

        app.edge.awaitReceived(20_000);
        assertThat(received).isEqualTo(sent);
    }

    @Test
    void carriesEveryUserIdInItsChannel() {
        start(redis.addr()).awaitState(REALTIME);
        List<String> sent = new ArrayList<>();
        for (String user :
                List.of("a b", "ümläut", "x:y*?[z]", "50%", "!probe.r1", "Ab0._-", "日本")) {
            assertThat(RedisChannels.encode(user)).matches("[A-Za-z0-9._%-]+");
            sent.add(NotifierApp.reference("t1", user, 1));
            app.publish(user, sent.get(sent.size() - 1));
            app.edge.awaitReceived(sent.size());
        }
        assertThat(app.edge.received).isEqualTo(sent);
    }

    @Test
    void startsWhileRedisIsDownAndComesBackByItself() throws Exception {
        redis.kill();
        start(redis.addr()).awaitState(POLLING, CURE);

        assertThat(app.logged(Level.ERROR, "Failed to create Redis notifier: ")).hasSize(1);
        assertThat(app.logged(Level.INFO, "Falling back to polling mode")).hasSize(1);
        assertThat(app.circuit.snapshot().reason()).contains("refused");
        await().atMost(Duration.ofSeconds(10)).until(() -> app.circuit.snapshot().attempts() >= 5);

        redis.start();
        app.awaitState(REALTIME, CURE);
        assertThat(app.noise()).isEmpty();
        assertOneConnectionEach();
    }

    @Test
    void comesBackAfterARestartOfTheServer() throws Exception {
        start(redis.addr()).awaitState(REALTIME);
        redis.kill();
        app.awaitState(POLLING);
        assertThat(app.logged(Level.ERROR, "Redis notifier failed, falling back to polling: "))
                .hasSize(1);

        redis.start();
        app.awaitState(REALTIME, CURE);

        app.publish("7", NotifierApp.reference("t1", "7", 1));
        app.edge.awaitReceived(1);
        assertOneConnectionEach();
    }

    @Test
    void comesBackAfterEachOfThreeKillsWithoutALeak() {
        assertComesBackAfterEach(3);
    }

    @Test
    @Tag("full")
    void comesBackAfterEachOfTwentyKillsWithoutALeak() {
        assertComesBackAfterEach(20);
    }

    private void assertComesBackAfterEach(int times) {
        start(redis.addr()).awaitState(REALTIME);
        for (int i = 1; i <= times; i++) {
            redis.ask(commands -> commands.clientKill(KillArgs.Builder.typePubsub()));
            // RECONNECTING itself may be over before anybody looks.
            int kills = i;
            await().until(() -> app.circuit.snapshot().degradations() == kills);
            app.awaitState(REALTIME, CURE);
            app.publish("7", NotifierApp.reference("t" + i, "7", i));
            app.edge.awaitReceived(i);
        }
        assertThat(app.edge.received).hasSize(times);
        assertThat(app.circuit.snapshot().degradations()).isEqualTo(times);
        assertThat(app.logged(Level.INFO, "Started redis notification subscription"))
                .hasSize(times + 1);
        assertOneConnectionEach();
    }

    @Test
    void noticesAFrozenServerAndComesBackWhenItThaws() throws Exception {
        start(redis.addr()).awaitState(REALTIME);
        redis.signal("STOP");
        try {
            app.awaitState(RECONNECTING, Duration.ofSeconds(4));
            app.awaitState(POLLING, Duration.ofSeconds(12));
        } finally {
            redis.signal("CONT");
        }
        app.awaitState(REALTIME, CURE);
        assertOneConnectionEach();
    }

    @Test
    void noticesABlackHoleAndComesBackWhenItIsGone() throws Exception {
        try (Relay relay = Relay.to("127.0.0.1", redis.port())) {
            start("127.0.0.1:" + relay.port()).awaitState(REALTIME, CURE);
            relay.blackHole();
            app.awaitState(RECONNECTING, Duration.ofSeconds(4));
            app.awaitState(POLLING, Duration.ofSeconds(15));
            int attempts = app.circuit.snapshot().attempts();
            await().atMost(Duration.ofSeconds(15))
                    .until(() -> app.circuit.snapshot().attempts() >= attempts + 2);
            // The client has a word for each attempt that it gives up.
            assertThat(app.linesSince(Instant.EPOCH))
                    .noneMatch(line -> line.contains("Closing channel"));
            relay.heal();
            app.awaitState(REALTIME, CURE);
            app.close();
            app = null;
        }
    }

    @Test
    void publishesAgainWhatCouldNotBeSent() throws Exception {
        start(redis.addr()).awaitState(REALTIME);
        redis.kill();
        app.publish("7", NotifierApp.reference("t1", "7", 5));
        app.publish("7", NotifierApp.reference("t1", "7", 6));
        app.publish("8", NotifierApp.reference("t2", "8", 1));
        assertThat(app.logged(Level.WARN, "Failed to send notification: ")).isNotEmpty();
        assertThat(app.logged(Level.WARN, ", will retry via polling")).isNotEmpty();

        redis.start();

        app.edge.awaitReceived(2);
        assertThat(app.edge.received)
                .containsExactlyInAnyOrder(
                        NotifierApp.reference("t1", "7", 6), NotifierApp.reference("t2", "8", 1));
    }

    @Test
    void givesItsPassword() throws Exception {
        redis.close();
        redis = RedisProcess.server("s3cret word").start();
        start(redis.addr(), "progress.redis.password=s3cret word", "progress.redis.db=3")
                .awaitState(REALTIME, CURE);
        assertOneConnectionEach();
        assertThat(app.logged(Level.DEBUG, "s3cret")).isEmpty();
    }

    /** What docs/operations.md says of it, word for word. */
    @Test
    void aWrongPasswordEndsInPollingWithItsReason() throws Exception {
        redis.close();
        redis = RedisProcess.server("right").start();
        start(redis.addr(), "progress.redis.password=wrong").awaitState(POLLING, CURE);
        assertRefused("WRONGPASS invalid username-password pair or user is disabled.");
    }

    @Test
    void aMissingPasswordEndsInPollingWithItsReason() throws Exception {
        redis.close();
        redis = RedisProcess.server("right").start();
        start(redis.addr()).awaitState(POLLING, CURE);
        assertRefused("NOAUTH ");
    }

    private void assertRefused(String why) {
        assertThat(app.logged(Level.ERROR, "Failed to create Redis notifier: "))
                .singleElement(STRING)
                .contains(why);
        assertThat(app.logged(Level.INFO, "Falling back to polling mode")).hasSize(1);
        assertThat(app.circuit.snapshot().reason()).contains(why);
        assertThat(app.logged(Level.INFO, "Using Redis Pub/Sub")).isEmpty();
    }

    @Test
    void rubbishOnTheChannelStopsNothing() {
        start(redis.addr()).awaitState(REALTIME);
        redis.ask(
                commands -> {
                    commands.publish("progress:user:7", "{\"test\":\"data\"}");
                    commands.publish("progress:user:", "");
                    commands.publish("progress:user:7", "{\"probe\":\"r1\",\"n\":x}");
                    return commands.publish("progress:user:7", "{\"probe\":\"other\",\"n\":1}");
                });
        app.publish("7", NotifierApp.reference("t1", "7", 1));
        app.edge.awaitReceived(3);
        assertThat(app.edge.received)
                .containsExactly("{\"test\":\"data\"}", "", NotifierApp.reference("t1", "7", 1));
    }
}
