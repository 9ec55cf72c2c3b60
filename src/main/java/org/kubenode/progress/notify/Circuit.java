package org.kubenode.progress.notify;

import static org.kubenode.progress.notify.NotifierState.POLLING;
import static org.kubenode.progress.notify.NotifierState.REALTIME;
import static org.kubenode.progress.notify.NotifierState.RECONNECTING;
import static org.kubenode.progress.notify.NotifierState.RECOVERING;

import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.kubenode.progress.subscription.RetryPolicy;

/**
 * Decides between notifications and the poll, from what it is told: docs/notifier-circuit.md.
 *
 * <p>It does nothing itself. Components tell it that a subscription stands, is lost or failed;
 * routes tell it what came back, and ask it at each tick what is due. The fast poll runs in every
 * state but {@code REALTIME}, so a wrong decision costs queries, never a message.
 *
 * <p>Safe for any number of threads; no call waits.
 */
public final class Circuit {

    /** Between two probes while the link works or is sought, in milliseconds. */
    static final long PROBE_MS = 1_000;

    /** Between two probes while the link proves itself, in milliseconds. */
    static final long RECOVERING_PROBE_MS = 250;

    /** Nothing came back for so long: the link counts as lost, in milliseconds. */
    static final long SILENCE_MS = 2_500;

    /** Silent for so long while its component claims to be connected: start it anew, in ms. */
    static final long DEAF_MS = 5_000;

    /** So many failed attempts lead to POLLING. */
    static final int ATTEMPTS = 3;

    /** So many probes have to come back before the link is trusted. */
    static final int PROBES = 3;

    /** The most that damping asks for: 2 s of probes, so that a cure shows within 5 s. */
    static final int MOST_PROBES = 8;

    /** REALTIME that did not last so long was a flap, in milliseconds. */
    static final long CALM_MS = 60_000;

    /** A second late find counts within so many poll intervals of the first. */
    static final int LATE_FIND_INTERVALS = 3;

    /** A tick that comes so late tells of a pause of this process, not of the link, in ms. */
    static final long OWN_PAUSE_MS = 1_000;

    private final String type;
    private final CircuitTimes times;
    private final LongSupplier clock;
    private final InstantSource wallClock;
    private final DoubleSupplier random;
    private final Consumer<CircuitChange> onChange;
    private final boolean reports;
    private final boolean pollingOnly;

    private NotifierState state;
    private Instant since;
    private long stateAt;
    private String reason;
    private int attempts;
    private long degradations;
    private Double probeMs;

    /** The component claims to be subscribed; one that never reports is taken at its word. */
    private boolean connected;

    /** Proofs do not count until the component has subscribed anew. */
    private boolean awaitSubscription;

    /** Why the last probe could not be sent; null when it could. */
    private String unsent;

    private boolean everProved;
    private boolean restart;

    /** The subscription is sought anew although nothing is known to have happened to the last. */
    private boolean deaf;

    private long lostAt;
    private long heardAt;
    private long lastTick;

    /** When deafness began to count: the last proof, subscription or restart. */
    private long deafSince;

    private int proofs;
    private long proofAt;
    private long nextProbeAt;
    private int flaps;

    private long nextPollAt;
    private boolean catchUp;
    private boolean pollCatchesUp;
    private boolean pollIsBackup;
    private boolean lateFound;
    private long lateFoundAt;

    /**
     * A circuit at its start.
     *
     * @param type the transport; {@code polling} means that there is nothing to reconnect
     * @param reports its component reports subscriptions, as those of postgres and redis do; for
     *     another transport only the probes speak
     * @param times the configured intervals
     * @param clock monotonic, in milliseconds
     * @param wallClock for what people read
     * @param random uniform in [0, 1), for jitter
     * @param onChange is told every change of state, in order, first the one it starts in; may not
     *     block nor call back
     */
    public Circuit(
            String type,
            boolean reports,
            CircuitTimes times,
            LongSupplier clock,
            InstantSource wallClock,
            DoubleSupplier random,
            Consumer<CircuitChange> onChange) {
        this.type = type;
        this.reports = reports;
        this.times = times;
        this.clock = clock;
        this.wallClock = wallClock;
        this.random = random;
        this.onChange = onChange;
        this.pollingOnly = "polling".equals(type);
        long now = clock.getAsLong();
        connected = !reports && !pollingOnly;
        lostAt = now;
        heardAt = now;
        deafSince = now;
        lastTick = now;
        nextProbeAt = now;
        nextPollAt = now;
        enter(pollingOnly ? POLLING : RECONNECTING, now, null, false);
    }

    /**
     * The component has subscribed, for the first time or again: what was missed is read now.
     *
     * @return false when it only follows one that stood and brought nothing, as behind a pooler
     *     where every one does: no news for a log
     */
    public synchronized boolean subscribed() {
        if (pollingOnly) {
            return false;
        }
        boolean news = !deaf;
        long now = clock.getAsLong();
        connected = true;
        awaitSubscription = false;
        restart = false;
        unsent = null;
        deafSince = now;
        heardAt = now;
        proofs = 0;
        nextProbeAt = now;
        catchUp = true;
        nextPollAt = now;
        return news;
    }

    /** The component has lost its subscription and is about to seek it again. */
    public synchronized void lost(String why) {
        if (pollingOnly) {
            return;
        }
        connected = false;
        restart = false;
        deaf = false;
        reason = why;
        if (state == REALTIME || state == RECOVERING) {
            giveUp(why);
        }
    }

    /** One attempt of the component to subscribe has failed; it goes on by itself. */
    public synchronized void attemptFailed(String why) {
        if (pollingOnly) {
            return;
        }
        connected = false;
        restart = false;
        deaf = false;
        if (state == REALTIME || state == RECOVERING) {
            giveUp(why);
        }
        countAttempt(why);
    }

    /**
     * A probe of this replica came back.
     *
     * @param roundTripMs since it was handed to the transport, in milliseconds
     */
    public synchronized void probeReceived(double roundTripMs) {
        probeMs = roundTripMs;
        heard();
    }

    /**
     * A probe was handed to the transport. One that was refused cannot come back: no fault of the
     * subscription, which a new one would not cure.
     *
     * @param refusal what the sender was told; null when it was sent
     */
    public synchronized void probeSent(String refusal) {
        boolean again = unsent != null;
        unsent = refusal;
        if (refusal == null || pollingOnly || !connected || !reports) {
            return;
        }
        deafSince = clock.getAsLong();
        // One alone may have been on its way before the subscription stood.
        if (state != REALTIME && again) {
            countAttempt(refusal);
        }
    }

    /** A notification that this replica published came back: as good as a probe. */
    public synchronized void ownNotification() {
        heard();
    }

    /**
     * What time alone decides; call it several times a second.
     *
     * @return true when the component has to be started anew: it claims to be connected and brings
     *     nothing, or brings less than it should. Said once for each time.
     */
    public synchronized boolean restartDue() {
        if (pollingOnly) {
            return false;
        }
        long now = clock.getAsLong();
        long missed = now - lastTick;
        lastTick = now;
        if (missed > OWN_PAUSE_MS) {
            // This process stood still: what came meanwhile is still to be read.
            heardAt = Math.min(now, heardAt + missed);
            deafSince = Math.min(now, deafSince + missed);
        }
        if ((state == REALTIME || state == RECOVERING) && now - heardAt >= SILENCE_MS) {
            giveUp(unsent != null ? unsent : "nothing came back for " + SILENCE_MS / 1000.0 + " s");
        }
        long patience =
                attempts < ATTEMPTS
                        ? DEAF_MS
                        : Math.max(DEAF_MS, RetryPolicy.longestPauseMs(now - lostAt));
        if (connected && !restart && state != REALTIME && now - deafSince >= patience) {
            deafSince = now;
            restart = true;
            deaf = true;
            countAttempt("subscribed, but no probe came back for " + DEAF_MS / 1000 + " s");
        }
        boolean due = restart;
        restart = false;
        if (due && !reports) {
            awaitSubscription = false;
        }
        return due;
    }

    /** True when a probe has to be sent now; it then counts as sent. */
    public synchronized boolean probeDue() {
        long now = clock.getAsLong();
        if (pollingOnly || now < nextProbeAt) {
            return false;
        }
        nextProbeAt = now + probeInterval();
        return true;
    }

    /** True when the rows have to be read now; the poll then counts as begun. */
    public synchronized boolean pollDue() {
        long now = clock.getAsLong();
        if (now < nextPollAt) {
            return false;
        }
        // Up to a tenth early, so that many replicas do not ask together, and never late.
        nextPollAt = now + (long) (pollInterval() * (0.9 + 0.1 * random.getAsDouble()));
        // Only what is read after the subscription has proved itself cannot have missed anything.
        pollCatchesUp = catchUp && (proofs > 0 || state == REALTIME);
        pollIsBackup = state == REALTIME && !catchUp;
        return true;
    }

    /** The poll that {@link #pollDue} allowed has been delivered; one that failed is not told. */
    public synchronized void pollDone() {
        if (pollCatchesUp) {
            pollCatchesUp = false;
            catchUp = false;
            trustIfProved();
        }
    }

    /** The backup poll brought what the path should have, and the path goes on without it. */
    public synchronized void lateFind() {
        if (state != REALTIME || !pollIsBackup) {
            return;
        }
        long now = clock.getAsLong();
        boolean second = lateFound && now - lateFoundAt <= LATE_FIND_INTERVALS * times.pollMs();
        lateFound = !second;
        lateFoundAt = now;
        if (second) {
            awaitSubscription = true;
            restart = true;
            giveUp("the backup poll found messages that no notification had brought");
            deafSince = now;
        }
    }

    /** The present state. */
    public synchronized NotifierState state() {
        return state;
    }

    /** What people and metrics see. */
    public synchronized CircuitSnapshot snapshot() {
        return new CircuitSnapshot(
                type, state, since, attempts, probeMs, degradations, connected, reason);
    }

    private void heard() {
        if (pollingOnly || awaitSubscription) {
            return;
        }
        long now = clock.getAsLong();
        heardAt = now;
        deafSince = now;
        deaf = false;
        connected = true;
        if (state == REALTIME) {
            nextProbeAt = Math.max(nextProbeAt, now + PROBE_MS);
            return;
        }
        everProved = true;
        if (state != RECOVERING) {
            attempts = 0;
            proofs = 0;
            catchUp = true;
            nextPollAt = now;
            enter(RECOVERING, now, null, false);
        } else if (now - proofAt < RECOVERING_PROBE_MS / 2) {
            // A burst of own notifications is one proof.
            return;
        }
        proofs++;
        proofAt = now;
        nextProbeAt = Math.min(nextProbeAt, now + RECOVERING_PROBE_MS);
        trustIfProved();
    }

    private void trustIfProved() {
        if (state == RECOVERING && !catchUp && proofs >= probesNeeded()) {
            attempts = 0;
            lateFound = false;
            enter(REALTIME, clock.getAsLong(), null, false);
        }
    }

    private int probesNeeded() {
        return Math.min(MOST_PROBES, PROBES << Math.min(flaps, 4));
    }

    private void giveUp(String why) {
        long now = clock.getAsLong();
        boolean degradation = state == REALTIME;
        if (degradation) {
            flaps = now - stateAt < CALM_MS ? flaps + 1 : 0;
        }
        lostAt = now;
        attempts = 0;
        proofs = 0;
        catchUp = true;
        nextPollAt = now;
        nextProbeAt = Math.min(nextProbeAt, now + PROBE_MS);
        enter(RECONNECTING, now, why, degradation);
    }

    private void countAttempt(String why) {
        attempts++;
        reason = why;
        if (state == RECONNECTING && attempts >= (everProved ? ATTEMPTS : 1)) {
            enter(POLLING, clock.getAsLong(), why, !everProved);
        }
    }

    private void enter(NotifierState to, long now, String why, boolean degradation) {
        NotifierState from = state;
        state = to;
        stateAt = now;
        since = wallClock.instant();
        reason = to == REALTIME ? null : why == null ? reason : why;
        if (degradation) {
            degradations++;
        }
        onChange.accept(new CircuitChange(type, from, to, why, !everProved, degradation));
    }

    private long probeInterval() {
        return state == RECOVERING ? RECOVERING_PROBE_MS : PROBE_MS;
    }

    private long pollInterval() {
        return state == REALTIME || pollingOnly ? times.pollMs() : times.degradedPollMs();
    }
}
