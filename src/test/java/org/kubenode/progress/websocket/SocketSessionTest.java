package org.kubenode.progress.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.Principal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.websocket.OutboundQueueTest.Numbered;

class SocketSessionTest {

    private static final Instant NOW = Instant.parse("2026-11-23T10:15:30Z");

    private final AtomicLong nanos = new AtomicLong(1);
    private final List<Runnable> elsewhere = new ArrayList<>();
    private final WebSocketOptions options = new WebSocketOptions();
    private final Told told = new Told();
    private final FakeTransport transport = new FakeTransport();
    private final SocketSessions sessions =
            new SocketSessions("/x", elsewhere::add, nanos::get, Clock.fixed(NOW, ZoneOffset.UTC));

    @BeforeEach
    void serve() {
        options.setSoftLimit(3);
        options.setHardLimit(6);
        sessions.serve(told, options);
    }

    @Test
    void anInlineCompletionOfAHundredThousandMessagesNeedsNoStack() {
        transport.hold();
        options.setHardLimit(200_000);
        SocketSession session = open(null);
        IntStream.rangeClosed(0, 100_000).forEach(i -> session.send("m" + i));
        transport.release();
        runElsewhere();
        assertThat(transport.sent).hasSize(100_001);
        assertThat(transport.sent.get(100_000)).isEqualTo("m100000");
    }

    @Test
    void manyMessagesAtOnceGiveTheSendersThreadBack() {
        transport.hold();
        options.setHardLimit(1_000);
        SocketSession session = open(null);
        IntStream.range(0, 500).forEach(i -> session.send("m" + i));
        transport.release();
        assertThat(transport.sent.size()).isLessThan(100);
        runElsewhere();
        assertThat(transport.sent).hasSize(500);
    }

    @Test
    void whatIsSentTogetherLeavesInOneWrite() {
        SocketSession session = open(null);
        assertThat(session.send(messages(10))).isTrue();
        assertThat(transport.writes).isEqualTo(1);
        assertThat(session.send(messages(130))).isTrue();
        runElsewhere();
        assertThat(transport.writes).isEqualTo(1 + 3);
        assertThat(transport.sent).hasSize(140);
    }

    @Test
    void whatWaitedLeavesInOneWrite() {
        transport.hold();
        options.setSoftLimit(100);
        options.setHardLimit(100);
        SocketSession session = open(null);
        session.send("first");
        messages(50).forEach(session::send);
        transport.release();
        assertThat(transport.sent).hasSize(51);
        assertThat(transport.writes).isEqualTo(2);
    }

    private static List<Outbound> messages(int count) {
        return IntStream.range(0, count).mapToObj(i -> Outbound.of("m" + i)).toList();
    }

    @Test
    void eightThreadsLoseNothingAndKeepEachOnesOrder() throws Exception {
        options.setHardLimit(1_000_000);
        ExecutorService workers = Executors.newFixedThreadPool(2);
        SocketSessions real =
                new SocketSessions("/y", workers, System::nanoTime, Clock.systemUTC());
        real.serve(told, options);
        // Completes now inline, now in another thread.
        AtomicInteger calls = new AtomicInteger();
        CountDownLatch all = new CountDownLatch(80_000);
        SocketTransport flaky =
                new FakeTransport() {
                    @Override
                    public void send(
                            Outbound message, Outbound first, boolean more, Completion completion) {
                        sent.add(message.text());
                        all.countDown();
                        if (calls.incrementAndGet() % 3 == 0) {
                            workers.execute(() -> completion.done(null));
                        } else {
                            completion.done(null);
                        }
                    }
                };
        SocketSession session = real.open(null, Map.of(), Map.of(), flaky);
        ExecutorService senders = Executors.newFixedThreadPool(8);
        for (int t = 0; t < 8; t++) {
            int thread = t;
            senders.execute(
                    () -> IntStream.range(0, 10_000).forEach(i -> session.send(thread + " " + i)));
        }
        assertThat(all.await(30, TimeUnit.SECONDS)).isTrue();
        senders.shutdownNow();
        workers.shutdown();
        int[] next = new int[8];
        for (String text : ((FakeTransport) flaky).sent) {
            String[] parts = text.split(" ");
            int thread = Integer.parseInt(parts[0]);
            assertThat(Integer.parseInt(parts[1])).isEqualTo(next[thread]++);
        }
        assertThat(next).containsOnly(10_000);
    }

    @Test
    void aSlowPeerGetsNewerFramesThatNameTheFirstSkipped() {
        transport.hold();
        SocketSession session = open(null);
        IntStream.rangeClosed(1, 10).forEach(i -> session.send(new Numbered("a", i, true)));
        session.send(new Numbered("a", 11, false));
        transport.release();
        // At the fifth, the eighth: what waits is one again.
        assertThat(transport.sent).containsExactly("a1", "a8<a2", "a9", "a10", "a11");
        assertThat(told.conflated).isEqualTo(6);
    }

    @Test
    void pastTheHardLimitASessionIsClosedAsASlowConsumer() {
        transport.hold();
        SocketSession session = open(null);
        for (int i = 0; i < 7; i++) {
            assertThat(session.send("m" + i)).isTrue();
        }
        assertThat(session.send("m7")).isFalse();
        assertThat(session.isOpen()).isFalse();
        assertThat(session.queueDepth()).isZero();
        assertThat(transport.closed).isEqualTo("1013 slow consumer");
        assertThat(told.slow).isEqualTo(1);
    }

    @Test
    void withoutConflationASlowPeerIsClosedInsteadOfSkipping() {
        transport.hold();
        SocketSession session = open(null);
        session.attributes().put(WebSocketConstants.CONFLATE, false);
        IntStream.rangeClosed(1, 8).forEach(i -> session.send(new Numbered("a", i, true)));
        assertThat(transport.closed).isEqualTo("1013 slow consumer");
        assertThat(told.conflated).isZero();
    }

    @Test
    void aPoliteCloseComesAfterWhatWaits() {
        transport.hold();
        SocketSession session = open(null);
        session.send("one");
        session.send("two");
        session.close(1000, "bye");
        assertThat(session.send("three")).isFalse();
        assertThat(transport.closed).isNull();
        transport.release();
        assertThat(transport.sent).containsExactly("one", "two");
        assertThat(transport.closed).isEqualTo("1000 bye");
    }

    @Test
    void aPeerThatDoesNotCloseIsCutOff() {
        SocketSession session = open(null);
        session.close(1000, "bye");
        pass(Duration.ofSeconds(4));
        assertThat(transport.aborted).isFalse();
        pass(Duration.ofSeconds(2));
        assertThat(transport.aborted).isTrue();
        runElsewhere();
        assertThat(told.events).containsExactly("open", "close 1000 bye");
        assertThat(sessions.size()).isZero();
    }

    @Test
    void aSendThatDoesNotEndClosesTheSession() {
        transport.hold();
        options.setDeadAfter(Duration.ZERO);
        open(null).send("stuck");
        pass(Duration.ofSeconds(29));
        assertThat(transport.closed).isNull();
        pass(Duration.ofSeconds(2));
        assertThat(transport.closed).isEqualTo("1013 slow consumer");
    }

    @Test
    void aLivingPeerIsPingedAndKept() {
        SocketSession session = open(null);
        for (int i = 0; i < 10; i++) {
            pass(Duration.ofSeconds(20));
            session.heard();
        }
        assertThat(transport.pings).isEqualTo(10);
        assertThat(session.isOpen()).isTrue();
    }

    @Test
    void aDeadPeerIsGoneWithinAMinute() {
        open(null);
        for (int second = 0; second < 60; second++) {
            pass(Duration.ofSeconds(1));
        }
        assertThat(sessions.size()).isEqualTo(1);
        pass(Duration.ofSeconds(1));
        runElsewhere();
        assertThat(sessions.size()).isZero();
        assertThat(transport.aborted).isTrue();
        assertThat(told.events).containsExactly("open", "close 1006 the peer is gone");
    }

    @Test
    void anExpiredPrincipalIsClosedWith4401() {
        open(principal(NOW.plusSeconds(1), null));
        sessions.keep();
        assertThat(transport.closed).isNull();
        FakeTransport expired = new FakeTransport();
        sessions.open(principal(NOW, null), Map.of(), Map.of(), expired);
        sessions.keep();
        assertThat(expired.closed).isEqualTo("4401 token expired");
        assertThat(transport.closed).isNull();
    }

    @Test
    void aRefusedPrincipalIsClosedAtOnceAndSeenByNobody() {
        SocketSession session = open(principal(null, new CloseRefusal(4403, "role")));
        assertThat(transport.closed).isEqualTo("4403 role");
        session.closed(4403, "role");
        runElsewhere();
        assertThat(told.events).isEmpty();
        assertThat(sessions.size()).isZero();
    }

    @Test
    void aRefusedPeerIsCutOffAfterTwoSeconds() {
        open(principal(null, new CloseRefusal(4401, "token")));
        pass(Duration.ofSeconds(2));
        assertThat(transport.aborted).isFalse();
        pass(Duration.ofMillis(250));
        assertThat(transport.aborted).isTrue();
    }

    @Test
    void aHeartbeatIsSentWhenNothingElseWasForTwentySeconds() {
        SocketSession session = open(null);
        session.setHeartbeat(() -> Outbound.of("alive"));
        pass(Duration.ofMillis(19_900));
        session.send("news");
        session.heard();
        pass(Duration.ofSeconds(19));
        session.heard();
        assertThat(transport.sent).containsExactly("news");
        pass(Duration.ofSeconds(1));
        pass(Duration.ofSeconds(1));
        assertThat(transport.sent).containsExactly("news", "alive");
        pass(Duration.ofSeconds(19));
        assertThat(transport.sent).containsExactly("news", "alive", "alive");
    }

    @Test
    void aStalledPeerIsGivenNoHeartbeats() {
        SocketSession session = open(null);
        session.setHeartbeat(() -> Outbound.of("alive"));
        transport.hold();
        session.send("stuck");
        pass(Duration.ofSeconds(25));
        assertThat(session.queueDepth()).isZero();
    }

    @Test
    void onlyWhatIsLeftOfAMessageIsSent() {
        SocketSession session = open(null);
        session.narrow(message -> message.text().equals("no") ? null : message);
        assertThat(session.send("yes")).isTrue();
        assertThat(session.send("no")).isTrue();
        session.close(1000, null);
        assertThat(session.send("no")).isFalse();
        assertThat(transport.sent).containsExactly("yes");
    }

    @Test
    void aRenewedPrincipalCountsFromThenOn() {
        SocketSession session = open(principal(NOW, null));
        session.renew(principal(NOW.plusSeconds(60), null));
        sessions.keep();
        assertThat(transport.closed).isNull();
        SocketPrincipal other =
                new SocketPrincipal() {
                    @Override
                    public String getName() {
                        return "eve";
                    }
                };
        assertThatThrownBy(() -> session.renew(other)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void moreThanTheAllowedSessionsAreRefused() {
        options.setMaxSessions(2);
        options.setMaxSessionsPerUser(1);
        open(principal(null, null));
        FakeTransport second = new FakeTransport();
        sessions.open(principal(null, null), Map.of(), Map.of(), second);
        assertThat(second.closed).isEqualTo("1013 too many sessions of this user");
        sessions.open(null, Map.of(), Map.of(), new FakeTransport());
        FakeTransport third = new FakeTransport();
        sessions.open(null, Map.of(), Map.of(), third);
        assertThat(third.closed).isEqualTo("1013 too many sessions");
        assertThat(sessions.size()).isEqualTo(2);
    }

    @Test
    void theLastOfAllSessionsAreForUsersWhoHaveNone() {
        options.setMaxSessions(10);
        for (int i = 0; i < 9; i++) {
            open(principal(null, null));
        }
        assertThat(sessions.isFull(principal(null, null))).isTrue();
        FakeTransport tenth = new FakeTransport();
        sessions.open(principal(null, null), Map.of(), Map.of(), tenth);
        assertThat(tenth.closed).isEqualTo("1013 too many sessions of this user");
        SocketPrincipal newcomer = () -> "eve";
        assertThat(sessions.isFull(newcomer)).isFalse();
        FakeTransport eves = new FakeTransport();
        sessions.open(newcomer, Map.of(), Map.of(), eves);
        assertThat(eves.closed).isNull();
        assertThat(sessions.size()).isEqualTo(10);
    }

    @Test
    void aFloodIsClosedWith1008() {
        SocketSession session = open(null);
        for (int i = 0; i < 200; i++) {
            session.received("x");
        }
        assertThat(transport.closed).isNull();
        session.received("x");
        assertThat(session.isOpen()).isFalse();
        sessions.keep();
        // What was sent already is taken in first: unread input would reset the connection.
        assertThat(transport.closed).isNull();

        nanos.addAndGet(Duration.ofMillis(200).toNanos());
        sessions.keep();
        assertThat(transport.closed).isEqualTo("1008 more than 100 messages a second");
    }

    @Test
    void aHundredMessagesASecondAreAllowedForEver() {
        SocketSession session = open(null);
        for (int i = 0; i < 1_000; i++) {
            nanos.addAndGet(Duration.ofMillis(10).toNanos());
            session.received("x");
        }
        assertThat(transport.closed).isNull();
    }

    @Test
    void aTextIsMeasuredInBytes() {
        SocketSession session = open(null);
        session.received("\u20ac".repeat(1_365));
        assertThat(transport.closed).isNull();
        session.received("\u20ac".repeat(1_366));
        assertThat(transport.closed).isEqualTo("1009 a message has at most 4096 bytes");
    }

    @Test
    void aMessageThatCannotBeEncodedClosesOnlyItsSession() {
        SocketSession session = open(null);
        session.send(
                new EncodedOutbound() {
                    @Override
                    protected String encode() {
                        throw new LinkageError("as if a class were missing");
                    }
                });
        assertThat(transport.closed).isEqualTo("1011 cannot send");
    }

    @Test
    void theCloseEventWaitsForTheEndOfTheOneBeforeIt() {
        told.holding = true;
        SocketSession session = open(null);
        session.closed(1000, "bye");
        runElsewhere();
        assertThat(told.events).containsExactly("open");
        told.end.run();
        assertThat(told.events).containsExactly("open", "close 1000 bye");
    }

    private SocketSession open(Principal principal) {
        return sessions.open(principal, Map.of(), Map.of(), transport);
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
        sessions.keep();
    }

    private void runElsewhere() {
        while (!elsewhere.isEmpty()) {
            elsewhere.remove(0).run();
        }
    }

    private static SocketPrincipal principal(Instant expires, CloseRefusal refusal) {
        return new SocketPrincipal() {
            @Override
            public String getName() {
                return "ann";
            }

            @Override
            public Instant expiresAt() {
                return expires;
            }

            @Override
            public CloseRefusal refusal() {
                return refusal;
            }
        };
    }

    private final class Told implements SocketHandler, SocketListener {
        final List<String> events = new ArrayList<>();
        int conflated;
        int slow;
        boolean holding;
        Runnable end;

        Told() {}

        @Override
        public void opened(SocketSession session, Runnable done) {
            sessions.setListener(this);
            add("open", done);
        }

        @Override
        public void message(SocketSession session, String text, Runnable done) {
            add("message " + text, done);
        }

        @Override
        public void closed(SocketSession session, int code, String reason, Runnable done) {
            add("close " + code + " " + reason, done);
        }

        private void add(String event, Runnable done) {
            events.add(event);
            if (holding) {
                holding = false;
                end = done;
            } else {
                done.run();
            }
        }

        @Override
        public void conflated() {
            conflated++;
        }

        @Override
        public void closedSlow() {
            slow++;
        }
    }

    private static class FakeTransport implements SocketTransport {
        final List<String> sent = new ArrayList<>();
        int writes;
        int pings;
        String closed;
        boolean aborted;
        private boolean holding;
        private Completion held;

        /** The next message stays in the network. */
        void hold() {
            holding = true;
        }

        void release() {
            holding = false;
            held.done(null);
        }

        @Override
        public void send(
                Outbound message, Outbound firstSkipped, boolean more, Completion completion) {
            writes += more ? 0 : 1;
            sent.add(
                    firstSkipped == null
                            ? message.text()
                            : message.textAfterSkipping(firstSkipped));
            if (holding) {
                held = completion;
            } else {
                completion.done(null);
            }
        }

        @Override
        public void ping() {
            pings++;
        }

        @Override
        public boolean answersPings() {
            return true;
        }

        @Override
        public void close(int code, String reason) {
            closed = code + " " + reason;
        }

        @Override
        public void abort() {
            aborted = true;
        }
    }
}
