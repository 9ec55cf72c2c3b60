package org.kubenode.progress.websocket;

import java.security.Principal;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.kubenode.progress.share.Places;

/** The sessions of one path on this replica. Safe for use by several threads. */
public final class SocketSessions {

    private static final AtomicLong IDS = new AtomicLong();

    /**
     * What one user may have at once, after a time without: sessions come together after a loss.
     */
    private static final int SECONDS_OF_CONNECTS = 10;

    private static final int SECONDS_OF_REPLAY = 16;

    private final String path;
    private final Executor executor;
    private final LongSupplier nanos;
    private final Clock clock;
    private final Map<String, SocketSession> byId = new ConcurrentHashMap<>();
    private final Map<String, List<SocketSession>> byUser = new ConcurrentHashMap<>();
    private final AtomicInteger count = new AtomicInteger();

    /** Sessions that are open for the network but not for anybody here: refused ones. */
    private final Collection<SocketSession> refused = ConcurrentHashMap.newKeySet();

    private volatile WebSocketOptions options = new WebSocketOptions();
    private volatile Budget connects;
    private volatile Budget replays;
    private volatile SocketHandler handler;
    private volatile SocketListener listener = SocketListener.NONE;

    SocketSessions(String path, Executor executor, LongSupplier nanos, Clock clock) {
        this.path = path;
        this.executor = executor;
        this.nanos = nanos;
        this.clock = clock;
        budget(options);
    }

    private void budget(WebSocketOptions of) {
        int rate = of.getMaxConnectRate();
        int atOnce = Math.max(SECONDS_OF_CONNECTS * rate, of.getMaxSessionsPerUser());
        connects = new Budget(rate, atOnce, nanos);
        replays =
                new Budget(
                        of.getMaxReplayRate(),
                        SECONDS_OF_REPLAY * (long) of.getMaxReplayRate(),
                        nanos);
    }

    public String path() {
        return path;
    }

    /** The session of this id, or null. */
    public SocketSession get(String id) {
        return id == null ? null : byId.get(id);
    }

    /** The open sessions of a user; an unmodifiable moment. */
    public List<SocketSession> ofUser(String user) {
        return user == null ? List.of() : byUser.getOrDefault(user, List.of());
    }

    /** All open sessions; may change while it is read. */
    public Collection<SocketSession> all() {
        return List.copyOf(byId.values());
    }

    public int size() {
        return count.get();
    }

    /** Messages that wait, over all sessions. Locks each for a moment. */
    public long queueDepth() {
        long depth = 0;
        for (SocketSession session : byId.values()) {
            depth += session.queueDepth();
        }
        return depth;
    }

    /** Tells this listener from now on; for counters. */
    public void setListener(SocketListener listener) {
        this.listener = listener;
    }

    void serve(SocketHandler newHandler, WebSocketOptions newOptions) {
        options = newOptions;
        budget(newOptions);
        handler = newHandler;
    }

    void stopServing() {
        handler = null;
    }

    boolean isServed() {
        return handler != null;
    }

    SocketHandler handler() {
        SocketHandler current = handler;
        return current == null ? SocketHandler.NONE : current;
    }

    WebSocketOptions options() {
        return options;
    }

    /** Closes every session; they are gone when the peers answered or after closeTimeout. */
    void closeAll(int code, String reason) {
        byId.values().forEach(session -> session.close(code, reason));
    }

    /**
     * Waits until every session is gone, or for so long.
     *
     * @param millis at most
     */
    void awaitNone(long millis) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (size() > 0 && System.nanoTime() < end) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    /**
     * Counts one more session of a user. To be asked before a handshake is answered.
     *
     * @return 0, or after how many seconds to come again
     */
    int admit(Principal principal) {
        if (principal == null || refusal(principal) != null) {
            return 0;
        }
        int wait = replays.wait(principal.getName());
        return wait > 0 ? wait : connects.take(principal.getName());
    }

    /** What each user's sessions were sent again. */
    Budget replays() {
        return replays;
    }

    /**
     * Takes a new peer. A refused or surplus one is closed at once and seen by nobody.
     *
     * @param attributes the session's first attributes
     */
    SocketSession open(
            Principal principal,
            Map<String, List<String>> query,
            Map<String, Object> attributes,
            SocketTransport transport) {
        String id = Long.toString(IDS.incrementAndGet(), Character.MAX_RADIX);
        SocketSession session = new SocketSession(id, principal, query, this, transport);
        if (!attributes.isEmpty()) {
            session.attributes().putAll(attributes);
        }
        CloseRefusal refusal = refusal(principal);
        if (refusal == null) {
            refusal = register(session);
        }
        if (refusal == null) {
            session.opened();
        } else {
            refused.add(session);
            session.refuse(refusal);
        }
        return session;
    }

    private CloseRefusal refusal(Principal principal) {
        if (!isServed()) {
            return new CloseRefusal(CloseCodes.TRY_AGAIN_LATER, "not served here now");
        }
        return principal instanceof SocketPrincipal known ? known.refusal() : null;
    }

    private CloseRefusal register(SocketSession session) {
        if (count.incrementAndGet() > options.getMaxSessions()) {
            count.decrementAndGet();
            return new CloseRefusal(CloseCodes.TRY_AGAIN_LATER, "too many sessions");
        }
        String user = session.user();
        if (user != null && !addOfUser(user, session)) {
            count.decrementAndGet();
            return new CloseRefusal(CloseCodes.TRY_AGAIN_LATER, "too many sessions of this user");
        }
        byId.put(session.id(), session);
        return null;
    }

    /** Whether one more session of this principal would be refused. */
    boolean isFull(Principal principal) {
        return size() >= options.getMaxSessions()
                || principal != null && isFull(ofUser(principal.getName()).size(), size());
    }

    /** The last sessions of a replica are for users with few. */
    private boolean isFull(int ofUser, int others) {
        Places places = Places.of(options.getMaxSessions());
        return ofUser >= options.getMaxSessionsPerUser()
                || !places.openTo(ofUser, places.all() - others);
    }

    private boolean addOfUser(String user, SocketSession session) {
        int others = size() - 1;
        List<SocketSession> after =
                byUser.compute(
                        user,
                        (key, before) -> {
                            if (isFull(before == null ? 0 : before.size(), others)) {
                                return before;
                            }
                            if (before == null) {
                                return List.of(session);
                            }
                            List<SocketSession> more = new ArrayList<>(before.size() + 1);
                            more.addAll(before);
                            more.add(session);
                            return List.copyOf(more);
                        });
        return after != null && after.contains(session);
    }

    void removed(SocketSession session) {
        refused.remove(session);
        if (byId.remove(session.id()) == null) {
            return;
        }
        count.decrementAndGet();
        if (session.user() != null) {
            byUser.computeIfPresent(
                    session.user(),
                    (key, before) -> {
                        List<SocketSession> fewer = new ArrayList<>(before);
                        fewer.remove(session);
                        return fewer.isEmpty() ? null : List.copyOf(fewer);
                    });
        }
    }

    /** Looks after every session: pings, expiry, dead and stalled peers. */
    void keep() {
        long now = nanos();
        Instant wallClock = clock.instant();
        byId.values().forEach(session -> session.keep(now, wallClock));
        refused.forEach(session -> session.keep(now, wallClock));
    }

    long nanos() {
        return nanos.getAsLong();
    }

    SocketListener listener() {
        return listener;
    }

    /** Runs it elsewhere; here when there is no elsewhere any more. */
    void execute(Runnable task) {
        try {
            executor.execute(task);
        } catch (RejectedExecutionException e) {
            task.run();
        }
    }
}
