package org.kubenode.progress.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kubenode.progress.notify.NotifierState.POLLING;
import static org.kubenode.progress.notify.NotifierState.REALTIME;
import static org.kubenode.progress.notify.NotifierState.RECONNECTING;
import static org.kubenode.progress.notify.NotifierState.RECOVERING;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Every number of docs/notifier-circuit.md, with a clock moved by hand. */
class CircuitTest {

    private static final Instant START = Instant.parse("2026-11-24T10:00:00Z");

    private long now = 1_000_000;
    private double random = 1.0;
    private final List<CircuitChange> changes = new ArrayList<>();
    private Circuit circuit = circuit("postgres", true);

    private Circuit circuit(String type, boolean reports) {
        changes.clear();
        return new Circuit(
                type,
                reports,
                new CircuitTimes(10_000, 500),
                () -> now,
                () -> START.plusMillis(now - 1_000_000),
                () -> random,
                changes::add);
    }

    private void pass(long ms) {
        now += ms;
    }

    /** Lets time go by in ticks of 250 ms, as the route does; true when a restart was asked for. */
    private boolean tickFor(long ms) {
        boolean restart = false;
        for (long end = now + ms; now < end; ) {
            now += Math.min(250, end - now);
            restart |= circuit.restartDue();
        }
        return restart;
    }

    private void probeBack() {
        circuit.probeReceived(0.5);
    }

    private void poll(int lateFinds) {
        assertThat(circuit.pollDue()).isTrue();
        circuit.pollDone();
        if (lateFinds > 0) {
            circuit.lateFind();
        }
    }

    private void prove() {
        probeBack();
        poll(0);
        for (int i = 0; circuit.state() != REALTIME; i++) {
            assertThat(i).as("probes").isLessThan(Circuit.MOST_PROBES);
            tickFor(250);
            probeBack();
        }
    }

    private void realtime() {
        circuit.subscribed();
        prove();
    }

    private void calmRealtime() {
        realtime();
        stayRealtime(Circuit.CALM_MS);
    }

    private void stayRealtime(long ms) {
        for (long end = now + ms; now < end; ) {
            tickFor(1_000);
            probeBack();
        }
        assertThat(circuit.state()).isEqualTo(REALTIME);
    }

    private List<NotifierState> path() {
        return changes.stream().map(CircuitChange::to).toList();
    }

    @Nested
    @DisplayName("at the start")
    class AtTheStart {

        @Test
        void itSeeksTheLinkAndPollsAtOnce() {
            assertThat(circuit.state()).isEqualTo(RECONNECTING);
            assertThat(circuit.pollDue()).isTrue();
            assertThat(changes).hasSize(1);
            assertThat(changes.get(0).from()).isNull();
            assertThat(changes.get(0).degradation()).isFalse();
        }

        @Test
        void oneFailedAttemptIsEnoughForPolling() {
            circuit.attemptFailed("connection refused");

            assertThat(circuit.state()).isEqualTo(POLLING);
            CircuitSnapshot snapshot = circuit.snapshot();
            assertThat(snapshot.attempts()).isEqualTo(1);
            assertThat(snapshot.reason()).isEqualTo("connection refused");
            assertThat(snapshot.degradations()).isEqualTo(1);
            assertThat(snapshot.connected()).isFalse();
            assertThat(changes.get(1))
                    .isEqualTo(
                            new CircuitChange(
                                    "postgres",
                                    RECONNECTING,
                                    POLLING,
                                    "connection refused",
                                    true,
                                    true));
        }

        @Test
        void aSubscriptionThatNeverProvesItselfEndsInPolling() {
            circuit.subscribed();

            assertThat(tickFor(Circuit.DEAF_MS - 1)).isFalse();
            assertThat(circuit.state()).isEqualTo(RECONNECTING);
            assertThat(tickFor(1)).isTrue();
            assertThat(circuit.state()).isEqualTo(POLLING);
            assertThat(circuit.snapshot().reason()).contains("no probe came back for 5 s");
        }

        @Test
        void aSubscriptionAfterADeafOneIsNoNewsUntilSomethingHappened() {
            assertThat(circuit.subscribed()).isTrue();
            assertThat(tickFor(Circuit.DEAF_MS)).isTrue();
            assertThat(circuit.subscribed()).isFalse();
            circuit.lost("terminated");
            assertThat(circuit.subscribed()).isTrue();
            assertThat(tickFor(Circuit.DEAF_MS)).isTrue();
            circuit.attemptFailed("refused");
            assertThat(circuit.subscribed()).isTrue();
            assertThat(tickFor(Circuit.DEAF_MS)).isTrue();
            probeBack();
            assertThat(circuit.subscribed()).isTrue();
        }

        @Test
        void laterFailuresAreCountedButChangeNothing() {
            for (int i = 0; i < 10; i++) {
                circuit.attemptFailed("refused");
            }

            assertThat(path()).containsExactly(RECONNECTING, POLLING);
            assertThat(circuit.snapshot().attempts()).isEqualTo(10);
            assertThat(circuit.snapshot().degradations()).isEqualTo(1);
        }

        @Test
        void aSubscriptionAloneIsNotTheLink() {
            circuit.subscribed();
            assertThat(circuit.state()).isEqualTo(RECONNECTING);
            assertThat(circuit.snapshot().connected()).isTrue();
            probeBack();
            assertThat(circuit.state()).isEqualTo(RECOVERING);
        }
    }

    @Nested
    @DisplayName("REALTIME")
    class Realtime {

        @Test
        void pollsEveryTenSecondsAsBackup() {
            realtime();
            pass(10_000);
            assertThat(circuit.pollDue()).isTrue();
            pass(9_999);
            assertThat(circuit.pollDue()).isFalse();
            pass(1);
            assertThat(circuit.pollDue()).isTrue();
        }

        @Test
        void pollsUpToATenthEarlyAndNeverLate() {
            realtime();
            random = 0.0;
            pass(10_000);
            assertThat(circuit.pollDue()).isTrue();
            pass(8_999);
            assertThat(circuit.pollDue()).isFalse();
            pass(1);
            assertThat(circuit.pollDue()).isTrue();
        }

        @Test
        void probesEverySecond() {
            realtime();
            pass(1_000);
            assertThat(circuit.probeDue()).isTrue();
            assertThat(circuit.probeDue()).isFalse();
            pass(999);
            assertThat(circuit.probeDue()).isFalse();
            pass(1);
            assertThat(circuit.probeDue()).isTrue();
        }

        @Test
        void anOwnNotificationSparesTheProbe() {
            realtime();
            pass(1_000);
            assertThat(circuit.probeDue()).isTrue();
            pass(800);
            circuit.ownNotification();
            pass(999);
            assertThat(circuit.probeDue()).isFalse();
            pass(1);
            assertThat(circuit.probeDue()).isTrue();
        }

        @Test
        void silenceOfTwoAndAHalfSecondsIsALoss() {
            realtime();
            tickFor(2_499);
            assertThat(circuit.state()).isEqualTo(REALTIME);
            tickFor(1);
            assertThat(circuit.state()).isEqualTo(RECONNECTING);
            assertThat(circuit.snapshot().reason()).isEqualTo("nothing came back for 2.5 s");
            assertThat(circuit.snapshot().degradations()).isEqualTo(1);
        }

        @Test
        void ownNotificationsKeepItAlive() {
            realtime();
            for (int i = 0; i < 10; i++) {
                tickFor(2_000);
                circuit.ownNotification();
            }
            assertThat(circuit.state()).isEqualTo(REALTIME);
        }

        @Test
        void aLostSubscriptionIsALossAtOnceAndStartsThePollAtOnce() {
            realtime();
            circuit.lost("connection reset");

            assertThat(circuit.state()).isEqualTo(RECONNECTING);
            assertThat(circuit.pollDue()).isTrue();
            assertThat(circuit.snapshot().reason()).isEqualTo("connection reset");
        }

        @Test
        void aNewSubscriptionIsReadUpThoughTheStateStays() {
            realtime();
            pass(100);
            circuit.pollDue();
            assertThat(circuit.pollDue()).isFalse();

            circuit.subscribed();

            assertThat(circuit.state()).isEqualTo(REALTIME);
            assertThat(circuit.pollDue()).isTrue();
        }

        @Test
        void aPauseOfThisProcessIsNoEvidenceAgainstTheLink() {
            realtime();
            pass(10_000);
            assertThat(circuit.restartDue()).isFalse();
            assertThat(circuit.state()).isEqualTo(REALTIME);
            tickFor(2_499);
            assertThat(circuit.state()).isEqualTo(REALTIME);
            tickFor(1);
            assertThat(circuit.state()).isEqualTo(RECONNECTING);
        }

        @Test
        void reasonIsGone() {
            realtime();
            circuit.lost("reset");
            realtime();
            assertThat(circuit.snapshot().reason()).isNull();
            assertThat(circuit.snapshot().probeMs()).isEqualTo(0.5);
        }
    }

    @Nested
    @DisplayName("RECONNECTING")
    class Reconnecting {

        @Test
        void threeFailedAttemptsLeadToPolling() {
            realtime();
            circuit.lost("reset");
            circuit.attemptFailed("refused 1");
            circuit.attemptFailed("refused 2");
            assertThat(circuit.state()).isEqualTo(RECONNECTING);
            circuit.attemptFailed("refused 3");
            assertThat(circuit.state()).isEqualTo(POLLING);
            assertThat(circuit.snapshot().reason()).isEqualTo("refused 3");
            assertThat(circuit.snapshot().degradations()).isEqualTo(1);
        }

        @Test
        void aFailedAttemptThatNoLossPrecededCountsAsTheFirst() {
            realtime();
            circuit.attemptFailed("refused");
            assertThat(circuit.state()).isEqualTo(RECONNECTING);
            assertThat(circuit.snapshot().attempts()).isEqualTo(1);
        }

        @Test
        void pollsEveryHalfSecond() {
            realtime();
            circuit.lost("reset");
            assertThat(circuit.pollDue()).isTrue();
            pass(499);
            assertThat(circuit.pollDue()).isFalse();
            pass(1);
            assertThat(circuit.pollDue()).isTrue();
        }

        @Test
        void aSilentComponentThatClaimsToBeConnectedIsStartedAnewAfterFiveSeconds() {
            realtime();
            assertThat(tickFor(4_999)).isFalse();
            assertThat(tickFor(1)).isTrue();
            assertThat(tickFor(4_999)).isFalse();
            assertThat(tickFor(1)).isTrue();
        }

        @Test
        void aComponentThatIsReconnectingIsLeftAlone() {
            realtime();
            circuit.lost("reset");
            assertThat(tickFor(60_000)).isFalse();
        }

        @Test
        void threeDeafSubscriptionsLeadToPolling() {
            realtime();
            for (int i = 0; i < 2; i++) {
                assertThat(tickFor(5_000)).isTrue();
                circuit.subscribed();
                assertThat(circuit.state()).isEqualTo(RECONNECTING);
            }
            assertThat(tickFor(5_000)).isTrue();
            assertThat(circuit.state()).isEqualTo(POLLING);
        }

        @Test
        void aProbeThatCannotBeSentIsTheReasonAndNoFaultOfTheSubscription() {
            realtime();
            for (int i = 0; i < 600; i++) {
                assertThat(tickFor(1_000)).as("restart after %s s", i).isFalse();
                circuit.probeSent("NOPERM no right to publish");
            }
            assertThat(path()).endsWith(REALTIME, RECONNECTING, POLLING);
            assertThat(circuit.snapshot().reason()).isEqualTo("NOPERM no right to publish");
            circuit.probeSent(null);
            prove();
        }

        @Test
        void aProbeThatWasSentAndDidNotComeBackIsTheSubscriptionsAgain() {
            realtime();
            circuit.probeSent("refused");
            circuit.probeSent(null);
            assertThat(tickFor(Circuit.DEAF_MS)).isTrue();
            assertThat(circuit.snapshot().reason()).startsWith("subscribed, but no probe");
        }

        @Test
        void probesAtOnceWhenSubscribed() {
            realtime();
            circuit.probeDue();
            circuit.lost("reset");
            pass(10);
            assertThat(circuit.probeDue()).isFalse();
            circuit.subscribed();
            assertThat(circuit.probeDue()).isTrue();
        }
    }

    @Nested
    @DisplayName("POLLING")
    class Polling {

        private void polling() {
            realtime();
            circuit.lost("reset");
            for (int i = 0; i < 3; i++) {
                circuit.attemptFailed("refused");
            }
            assertThat(circuit.state()).isEqualTo(POLLING);
        }

        @Test
        void pollsEveryHalfSecond() {
            polling();
            circuit.pollDue();
            pass(499);
            assertThat(circuit.pollDue()).isFalse();
            pass(1);
            assertThat(circuit.pollDue()).isTrue();
        }

        @Test
        void aDeafSubscriptionChangesNothingAndIsStartedAnewEverMoreSeldom() {
            polling();
            circuit.subscribed();
            assertThat(tickFor(5_000)).isTrue();
            assertThat(circuit.state()).isEqualTo(POLLING);
            tickFor(600_000);
            circuit.subscribed();
            assertThat(tickFor(29_999)).isFalse();
            assertThat(tickFor(1)).isTrue();
            assertThat(path())
                    .containsExactly(RECONNECTING, RECOVERING, REALTIME, RECONNECTING, POLLING);
        }

        @Test
        void aProbeThatComesBackLeadsToRecovering() {
            polling();
            circuit.subscribed();
            probeBack();
            assertThat(circuit.state()).isEqualTo(RECOVERING);
            assertThat(circuit.snapshot().attempts()).isZero();
        }

        @Test
        void whereItWasAskedForItPollsAtTheConfiguredIntervalAndNothingElse() {
            circuit = circuit("polling", false);
            assertThat(path()).containsExactly(POLLING);
            assertThat(changes.get(0).degradation()).isFalse();
            assertThat(circuit.pollDue()).isTrue();
            pass(9_999);
            assertThat(circuit.pollDue()).isFalse();
            pass(1);
            assertThat(circuit.pollDue()).isTrue();
            assertThat(circuit.probeDue()).isFalse();
            assertThat(tickFor(60_000)).isFalse();

            circuit.subscribed();
            probeBack();
            circuit.lost("x");
            circuit.attemptFailed("x");

            assertThat(path()).containsExactly(POLLING);
            assertThat(circuit.snapshot().degradations()).isZero();
            assertThat(circuit.snapshot().connected()).isFalse();
        }
    }

    @Nested
    @DisplayName("RECOVERING")
    class Recovering {

        private void recovering() {
            calmRealtime();
            circuit.lost("reset");
            circuit.subscribed();
            probeBack();
            assertThat(circuit.state()).isEqualTo(RECOVERING);
        }

        @Test
        void probesEveryQuarterOfASecond() {
            recovering();
            pass(250);
            assertThat(circuit.probeDue()).isTrue();
            pass(249);
            assertThat(circuit.probeDue()).isFalse();
            pass(1);
            assertThat(circuit.probeDue()).isTrue();
        }

        @Test
        void pollsEveryHalfSecond() {
            recovering();
            poll(0);
            pass(499);
            assertThat(circuit.pollDue()).isFalse();
            pass(1);
            assertThat(circuit.pollDue()).isTrue();
        }

        @Test
        void threeProbesAndOneCatchUpPollMakeItRealtime() {
            recovering();
            poll(0);
            tickFor(250);
            probeBack();
            assertThat(circuit.state()).isEqualTo(RECOVERING);
            tickFor(250);
            probeBack();
            assertThat(circuit.state()).isEqualTo(REALTIME);
        }

        @Test
        void withoutTheCatchUpPollProbesAreNotEnough() {
            recovering();
            for (int i = 0; i < 20; i++) {
                tickFor(250);
                probeBack();
            }
            assertThat(circuit.state()).isEqualTo(RECOVERING);
            poll(0);
            assertThat(circuit.state()).isEqualTo(REALTIME);
        }

        @Test
        void aPollBegunBeforeTheLinkProvedItselfIsNoCatchUp() {
            calmRealtime();
            circuit.lost("reset");
            circuit.subscribed();
            assertThat(circuit.pollDue()).isTrue();
            probeBack();
            circuit.pollDone();
            for (int i = 0; i < 5; i++) {
                tickFor(250);
                probeBack();
            }
            assertThat(circuit.state()).isEqualTo(RECOVERING);
            poll(0);
            assertThat(circuit.state()).isEqualTo(REALTIME);
        }

        @Test
        void aPollThatFailedIsNoCatchUp() {
            recovering();
            assertThat(circuit.pollDue()).isTrue();
            for (int i = 0; i < 5; i++) {
                tickFor(250);
                probeBack();
            }
            assertThat(circuit.state()).isEqualTo(RECOVERING);
        }

        @Test
        void aBurstOfOwnNotificationsIsOneProof() {
            recovering();
            poll(0);
            for (int i = 0; i < 50; i++) {
                circuit.ownNotification();
            }
            assertThat(circuit.state()).isEqualTo(RECOVERING);
            tickFor(250);
            circuit.ownNotification();
            tickFor(250);
            circuit.ownNotification();
            assertThat(circuit.state()).isEqualTo(REALTIME);
        }

        @Test
        void aNewLossLeadsBackToReconnecting() {
            recovering();
            circuit.lost("reset again");
            assertThat(circuit.state()).isEqualTo(RECONNECTING);
            assertThat(circuit.snapshot().degradations()).isEqualTo(1);
        }

        @Test
        void silenceLeadsBackToReconnecting() {
            recovering();
            tickFor(2_499);
            assertThat(circuit.state()).isEqualTo(RECOVERING);
            tickFor(1);
            assertThat(circuit.state()).isEqualTo(RECONNECTING);
        }

        @Test
        void aSecondSubscriptionStartsTheProofAnew() {
            recovering();
            poll(0);
            tickFor(250);
            probeBack();
            circuit.subscribed();
            tickFor(250);
            probeBack();
            tickFor(250);
            probeBack();
            assertThat(circuit.state()).isEqualTo(RECOVERING);
            poll(0);
            tickFor(250);
            probeBack();
            assertThat(circuit.state()).isEqualTo(REALTIME);
        }
    }

    @Nested
    @DisplayName("a flapping link")
    class Flapping {

        private int probesToRealtime() {
            circuit.subscribed();
            probeBack();
            poll(0);
            int probes = 1;
            while (circuit.state() != REALTIME) {
                tickFor(250);
                probeBack();
                probes++;
            }
            return probes;
        }

        @Test
        void hasToProveItselfLongerEachTimeAndNeverLongerThanTwoSeconds() {
            calmRealtime();
            List<Integer> probes = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                circuit.lost("killed");
                probes.add(probesToRealtime());
            }
            assertThat(probes).startsWith(3, 6, 8, 8).endsWith(8);
            assertThat(circuit.snapshot().degradations()).isEqualTo(20);
        }

        @Test
        void isForgivenAfterAMinuteOfCalm() {
            calmRealtime();
            circuit.lost("killed");
            probesToRealtime();
            circuit.lost("killed");
            assertThat(probesToRealtime()).isEqualTo(6);
            stayRealtime(Circuit.CALM_MS);
            circuit.lost("killed");
            assertThat(probesToRealtime()).isEqualTo(3);
        }

        @Test
        void isNotSlowedInSeekingTheLink() {
            calmRealtime();
            for (int i = 0; i < 20; i++) {
                circuit.lost("killed");
                assertThat(circuit.pollDue()).isTrue();
                pass(500);
                probesToRealtime();
            }
        }
    }

    @Nested
    @DisplayName("a late find")
    class LateFind {

        private void backupPoll(int lateFinds) {
            stayRealtime(10_000);
            poll(lateFinds);
        }

        @Test
        void twiceInARowMeansReconnectingAnew() {
            calmRealtime();
            backupPoll(0);
            backupPoll(1);
            assertThat(circuit.state()).isEqualTo(REALTIME);
            backupPoll(3);
            assertThat(circuit.state()).isEqualTo(RECONNECTING);
            assertThat(circuit.restartDue()).isTrue();
            assertThat(circuit.restartDue()).isFalse();
            assertThat(circuit.snapshot().reason()).contains("backup poll");
        }

        @Test
        void manyInOnePollAreOne() {
            calmRealtime();
            backupPoll(50);
            assertThat(circuit.state()).isEqualTo(REALTIME);
        }

        @Test
        void anIdlePollBetweenTwoSaysNothingForThePath() {
            calmRealtime();
            backupPoll(1);
            backupPoll(0);
            backupPoll(1);
            assertThat(circuit.state()).isEqualTo(RECONNECTING);
        }

        @Test
        void isForgottenAfterThreeIntervals() {
            calmRealtime();
            backupPoll(1);
            backupPoll(0);
            backupPoll(0);
            backupPoll(0);
            backupPoll(1);
            assertThat(circuit.state()).isEqualTo(REALTIME);
        }

        @Test
        void thenProbesOfTheOldSubscriptionProveNothing() {
            calmRealtime();
            backupPoll(1);
            backupPoll(1);
            probeBack();
            assertThat(circuit.state()).isEqualTo(RECONNECTING);
            circuit.subscribed();
            probeBack();
            assertThat(circuit.state()).isEqualTo(RECOVERING);
        }

        @Test
        void ofATransportThatReportsNothingWaitsForTheRestartOnly() {
            circuit = circuit("mqtt", false);
            probeBack();
            prove();
            stayRealtime(Circuit.CALM_MS);
            backupPoll(1);
            backupPoll(1);
            probeBack();
            assertThat(circuit.state()).isEqualTo(RECONNECTING);
            assertThat(circuit.restartDue()).isTrue();
            probeBack();
            assertThat(circuit.state()).isEqualTo(RECOVERING);
        }

        @Test
        void ofACatchUpPollIsNoEvidence() {
            calmRealtime();
            for (int i = 0; i < 5; i++) {
                circuit.subscribed();
                poll(7);
            }
            assertThat(circuit.state()).isEqualTo(REALTIME);
        }

        @Test
        void outsideOfRealtimeIsNoEvidence() {
            calmRealtime();
            circuit.lost("reset");
            for (int i = 0; i < 5; i++) {
                poll(7);
                pass(500);
            }
            circuit.subscribed();
            probeBack();
            poll(7);
            tickFor(250);
            probeBack();
            tickFor(250);
            probeBack();
            assertThat(circuit.state()).isEqualTo(REALTIME);
        }
    }

    @Test
    void aTransportThatReportsNothingGoesByItsProbesAlone() {
        circuit = circuit("mqtt", false);
        assertThat(circuit.snapshot().connected()).isTrue();
        probeBack();
        prove();
        assertThat(tickFor(4_999)).isFalse();
        assertThat(circuit.state()).isEqualTo(RECONNECTING);
        assertThat(tickFor(1)).isTrue();
        tickFor(10_000);
        assertThat(circuit.state()).isEqualTo(POLLING);
        probeBack();
        assertThat(circuit.state()).isEqualTo(RECOVERING);
    }

    @Test
    void everyChangeIsToldOnceInOrder() {
        calmRealtime();
        circuit.lost("a");
        circuit.lost("b");
        circuit.attemptFailed("c");
        circuit.attemptFailed("d");
        circuit.attemptFailed("e");
        circuit.attemptFailed("f");
        realtime();

        assertThat(path())
                .containsExactly(
                        RECONNECTING,
                        RECOVERING,
                        REALTIME,
                        RECONNECTING,
                        POLLING,
                        RECOVERING,
                        REALTIME);
        for (int i = 1; i < changes.size(); i++) {
            assertThat(changes.get(i).from()).isEqualTo(changes.get(i - 1).to());
        }
    }

    @Test
    void sinceIsWhenTheStateWasEntered() {
        pass(1_500);
        circuit.attemptFailed("refused");
        assertThat(circuit.snapshot().since()).isEqualTo(START.plusMillis(1_500));
    }
}
