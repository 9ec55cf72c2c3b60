package org.kubenode.progress.pgevent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.subscription.Reason;
import org.kubenode.progress.testing.Relay;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Every way a link ends: the subscription comes back, once, and nothing is delivered twice. */
class LostLinkTest {

    private static final Logger LOG = LoggerFactory.getLogger(LostLinkTest.class);
    private static final String APPLICATION = "kube-node-manager-test-listen";

    private static PgServer server;

    @BeforeAll
    static void startServer() throws Exception {
        server = PgServer.started();
    }

    @AfterAll
    static void stopServer() throws Exception {
        server.close();
    }

    @Test
    void survivesTwentyTerminatedBackendsOnOneConnection() throws Exception {
        try (Listening listening = Listening.on(server.port(), APPLICATION)) {
            List<String> sent = new ArrayList<>();
            for (int round = 1; round <= 20; round++) {
                listening.awaitSubscriptions(round);
                long backend = onlyBackend();
                server.notify(Listening.CHANNEL, "round " + round);
                sent.add("round " + round);
                listening.awaitReceived(round);
                server.terminate(backend);
            }
            listening.awaitSubscriptions(21);
            onlyBackend();
            server.notify(Listening.CHANNEL, "last");
            sent.add("last");
            listening.awaitReceived(21);
            assertThat(listening.received).isEqualTo(sent);
            assertThat(listening.losses).hasSize(20);
            assertThat(Reason.of(listening.losses.get(0))).contains("closed");
            assertThat(listening.subscriptions).hasValue(21);
        }
    }

    @Test
    void comesBackAfterTheServerWasAwayForTenSeconds() throws Exception {
        try (Listening listening = Listening.on(server.port(), APPLICATION)) {
            listening.awaitSubscriptions(1);
            server.stop();
            try {
                pass(Duration.ofSeconds(10));
                assertThat(listening.failures).hasSizeBetween(4, 12);
            } finally {
                server.start();
            }
            long up = System.nanoTime();
            listening.awaitSubscriptions(2);
            LOG.info("Back {} ms after the server", (System.nanoTime() - up) / 1_000_000);
            server.notify(Listening.CHANNEL, "after the outage");
            listening.awaitReceived(1);
            assertThat(listening.received).containsExactly("after the outage");
            onlyBackend();
        }
    }

    @Test
    void startsWhileTheServerIsAwayAndSubscribesOnceItIsThere() throws Exception {
        server.stop();
        Listening listening;
        try {
            listening = Listening.on(server.port(), APPLICATION);
            await().until(() -> listening.failures.size() >= 2);
            assertThat(listening.context.getRouteController().getRouteStatus("listen").isStarted())
                    .isTrue();
        } finally {
            server.start();
        }
        try (listening) {
            listening.awaitSubscriptions(1);
            server.notify(Listening.CHANNEL, "here");
            listening.awaitReceived(1);
            assertThat(listening.losses).isEmpty();
        }
    }

    @Test
    void noticesAFrozenBackendWithinFiveSeconds() throws Exception {
        try (Listening listening = Listening.on(server.port(), APPLICATION)) {
            listening.awaitSubscriptions(1);
            long frozen = onlyBackend();
            PgServer.signal("STOP", frozen);
            try {
                long since = System.nanoTime();
                awaitLoss(listening, 1);
                LOG.info("Frozen, noticed in {} ms", (System.nanoTime() - since) / 1_000_000);
                listening.awaitSubscriptions(2);
                server.notify(Listening.CHANNEL, "while it is frozen");
                listening.awaitReceived(1);
            } finally {
                PgServer.signal("CONT", frozen);
            }
            await().untilAsserted(() -> assertThat(server.backends(APPLICATION)).hasSize(1));
            server.notify(Listening.CHANNEL, "afterwards");
            listening.awaitReceived(2);
            assertThat(listening.received).containsExactly("while it is frozen", "afterwards");
            assertThat(listening.subscriptions).hasValue(2);
        }
    }

    @Test
    void noticesABlackHoledLinkWithinFiveSecondsAndComesBackWhenItHeals() throws Exception {
        try (Relay relay = Relay.to("localhost", server.port());
                Listening listening = Listening.on(relay.port(), APPLICATION)) {
            listening.awaitSubscriptions(1);
            relay.blackHole();
            long since = System.nanoTime();
            awaitLoss(listening, 1);
            LOG.info("Black hole, noticed in {} ms", (System.nanoTime() - since) / 1_000_000);
            await().atMost(Duration.ofSeconds(10)).until(() -> listening.failures.size() >= 2);
            server.notify(Listening.CHANNEL, "into the black hole");
            relay.heal();
            long healed = System.nanoTime();
            listening.awaitSubscriptions(2);
            LOG.info("Healed, back in {} ms", (System.nanoTime() - healed) / 1_000_000);
            await().untilAsserted(() -> assertThat(server.backends(APPLICATION)).hasSize(1));
            server.notify(Listening.CHANNEL, "after it");
            listening.awaitReceived(1);
            assertThat(listening.received).containsExactly("after it");
        }
    }

    @Test
    void comesBackAfterALinkThatWasCut() throws Exception {
        try (Relay relay = Relay.to("localhost", server.port());
                Listening listening = Listening.on(relay.port(), APPLICATION)) {
            listening.awaitSubscriptions(1);
            relay.cut();
            listening.awaitSubscriptions(2);
            server.notify(Listening.CHANNEL, "after the cut");
            listening.awaitReceived(1);
            assertThat(listening.losses).hasSize(1);
        }
    }

    @Test
    void bearsASlowLink() throws Exception {
        try (Relay relay = Relay.to("localhost", server.port())) {
            relay.delay(Duration.ofMillis(50));
            try (Listening listening = Listening.on(relay.port(), APPLICATION)) {
                listening.awaitSubscriptions(1);
                server.notify(Listening.CHANNEL, "slow");
                listening.awaitReceived(1);
                assertThat(listening.losses).isEmpty();
                assertThat(listening.failures).isEmpty();
            }
        }
    }

    private static void pass(Duration time) {
        await().pollDelay(time).atMost(time.plusSeconds(1)).until(() -> true);
    }

    private static void awaitLoss(Listening listening, int count) {
        await().atMost(Duration.ofSeconds(5)).until(() -> listening.losses.size() >= count);
    }

    /** Fails when there are two. */
    private static long onlyBackend() throws Exception {
        List<Long> backends = server.backends(APPLICATION);
        assertThat(backends).hasSize(1);
        return backends.get(0);
    }
}
