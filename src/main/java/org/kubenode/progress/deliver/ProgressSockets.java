package org.kubenode.progress.deliver;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.kubenode.progress.deliver.ClientMessages.ClientMessage;
import org.kubenode.progress.deliver.ClientMessages.UnknownMessageException;
import org.kubenode.progress.security.ProgressPrincipal;
import org.kubenode.progress.security.Scope;
import org.kubenode.progress.security.SocketTokens;
import org.kubenode.progress.store.Rows;
import org.kubenode.progress.websocket.SocketSession;
import org.kubenode.progress.websocket.WebSocketConstants;
import org.kubenode.progress.wire.TaskIds;

/** What happens on operators' sockets and streams. */
public final class ProgressSockets {

    /** How long a client that connected with {@code resume=1} may take to say from where. */
    static final Duration RESUME_WAIT = Duration.ofSeconds(5);

    /** A client may name so many tasks when it resumes. */
    static final int MAX_NAMED = 10_000;

    private static final String STATE = "progress";
    private static final long SNAPSHOT = -1;

    private final Delivery delivery;
    private final LocalTasks local;
    private final String replica;
    private final Duration replayWindow;
    private final BooleanSupplier databaseUp;
    private final SocketTokens tokens;
    private final Clock clock;
    private final Set<SocketSession> unlisted = ConcurrentHashMap.newKeySet();

    /**
     * @param replica the id that the first frame names
     * @param replayWindow how long a finished task is still due, unless acknowledged
     * @param databaseUp whether rows can be read, as far as is known
     * @param tokens renews them
     */
    public ProgressSockets(
            Delivery delivery,
            LocalTasks local,
            String replica,
            Duration replayWindow,
            BooleanSupplier databaseUp,
            SocketTokens tokens,
            Clock clock) {
        this.delivery = delivery;
        this.local = local;
        this.replica = replica;
        this.replayWindow = replayWindow;
        this.databaseUp = databaseUp;
        this.tokens = tokens;
        this.clock = clock;
    }

    /**
     * A socket opened: it is greeted.
     *
     * @return whether its tasks may be listed now; false when it wants to resume first
     */
    public boolean open(SocketSession session) {
        ProgressPrincipal principal = (ProgressPrincipal) session.principal();
        boolean resuming = "1".equals(session.query("resume"));
        Narrowing narrowing = Narrowing.of(session);
        State state =
                new State(
                        new Subscriber(session, session.user(), principal.scope() == Scope.ALL),
                        narrowing.tasks(),
                        resuming ? clock.instant().plus(RESUME_WAIT) : null);
        session.attributes().put(STATE, state);
        Map<String, Long> lastEvent =
                StreamCursor.read(session.attributes().get(WebSocketConstants.LAST_EVENT_ID));
        state.resumeFrom.putAll(lastEvent);
        state.cursor.goOnFrom(lastEvent);
        if ("0".equals(session.query("conflate"))) {
            session.attributes().put(WebSocketConstants.CONFLATE, false);
        }
        if ("1".equals(session.query("heartbeat"))) {
            session.setHeartbeat(ClientMessages::heartbeat);
        }
        if (!narrowing.isNone()) {
            session.narrow(narrowing);
        }
        session.send(ClientMessages.connected(session.user(), replica));
        delivery.open(state.subscriber);
        if (resuming) {
            unlisted.add(session);
        }
        return !resuming;
    }

    /**
     * Reads what a client said; closes its socket when that is not in the contract.
     *
     * @param text the whole body, as it came: an expression of the route would take quotes from it,
     *     and make the text {@code null} nothing
     * @return null when nothing is to be done
     */
    public ClientMessage read(String text, SocketSession session) {
        try {
            ClientMessage message = ClientMessages.parse(text);
            if (message instanceof ClientMessage.Ping) {
                session.beat();
                return null;
            }
            boolean nobodys =
                    message instanceof ClientMessage.Ack ack && !TaskIds.isTaskId(ack.taskId());
            return nobodys ? null : message;
        } catch (UnknownMessageException e) {
            session.close(e.code(), e.getMessage());
            return null;
        }
    }

    /**
     * A client said from where it goes on.
     *
     * @return the session when its tasks are to be listed now; feeds to work on when it had been
     *     listed before; null while more of it follows
     */
    public Object resume(SocketSession session, ClientMessage.Resume resume) {
        State state = state(session);
        Map<String, Long> named = new LinkedHashMap<>(resume.tasks());
        for (String taskId : resume.tasks().keySet()) {
            if (!TaskIds.isTaskId(taskId)) {
                named.remove(taskId);
                session.send(ClientMessages.gone(taskId));
            }
        }
        boolean later = state.resumeUntil == null;
        int waiting = later ? state.subscriber.waits() : state.resumeFrom.size();
        if (waiting + named.size() > MAX_NAMED) {
            session.close(1008, "resume: at most " + MAX_NAMED + " tasks");
            return null;
        }
        if (later && session.replayWait() > 0) {
            session.close(
                    1013,
                    "resume: too much is asked for again, come back in "
                            + session.replayWait()
                            + " s");
            return null;
        }
        if (later) {
            named.keySet().removeIf(state.asked.negate());
            named.replaceAll((taskId, seq) -> SNAPSHOT);
            return delivery.join(state.subscriber, named);
        }
        state.resumeFrom.putAll(named);
        return resume.more() ? null : session;
    }

    /** A client has a newer token; closes its socket when that does not count. */
    public void renew(SocketSession session, ClientMessage.Token message) {
        tokens.renew(session, message.token());
    }

    /** The user whose due tasks a socket is shown, or null for everybody's. */
    public String listedUser(SocketSession session) {
        Subscriber subscriber = state(session).subscriber;
        return subscriber.all() ? null : subscriber.userId();
    }

    /** How long a finished task is due, in milliseconds. */
    public long windowMillis() {
        return replayWindow.toMillis();
    }

    /**
     * The tasks due to a socket: those it named go on from there, the others begin with a snapshot.
     *
     * @param due the rows of the due tasks, at least one: each says when they were read, by the
     *     database's clock; without a task_id where none is due
     */
    public List<Feed> listed(SocketSession session, List<Map<String, Object>> due) {
        return joinAll(
                session,
                due.stream()
                        .map(row -> Rows.text(row, "task_id"))
                        .filter(Objects::nonNull)
                        .toList(),
                Rows.instant(due.get(0), "listed_at"));
    }

    /** The rows cannot be read: what runs here is shown now, the rest when they can. */
    public List<Feed> listLater(SocketSession session) {
        Subscriber subscriber = state(session).subscriber;
        List<Feed> turns =
                joinAll(
                        session,
                        List.copyOf(local.running(subscriber.userId(), subscriber.all())),
                        null);
        if (session.isOpen()) {
            unlisted.add(session);
        }
        return turns;
    }

    private List<Feed> joinAll(SocketSession session, List<String> due, Instant at) {
        State state = state(session);
        Map<String, Long> since = new LinkedHashMap<>();
        due.forEach(taskId -> since.put(taskId, SNAPSHOT));
        if (state.listed) {
            // Listed again: what the client named goes on from where it was then.
            since.keySet().removeAll(state.resumeFrom.keySet());
        } else {
            since.putAll(state.resumeFrom);
        }
        since.keySet().removeIf(state.asked.negate());
        state.listed = true;
        state.resumeUntil = null;
        unlisted.remove(session);
        return delivery.listed(state.subscriber, since, at);
    }

    /** Sockets whose tasks are to be listed now although nobody asked. */
    public List<SocketSession> overdue() {
        Instant now = clock.instant();
        List<SocketSession> overdue = new ArrayList<>();
        for (SocketSession session : unlisted) {
            Instant until = state(session).resumeUntil;
            if (until == null ? databaseUp.getAsBoolean() : now.isAfter(until)) {
                overdue.add(session);
            }
        }
        return overdue;
    }

    /** A socket closed. */
    public List<Feed> close(SocketSession session) {
        unlisted.remove(session);
        State state = state(session);
        return state == null ? List.of() : delivery.close(state.subscriber);
    }

    /** Where a stream is in each of its tasks. */
    static StreamCursor cursor(SocketSession session) {
        return state(session).cursor;
    }

    private static State state(SocketSession session) {
        return (State) session.attributes().get(STATE);
    }

    /** What is known of one socket. */
    private static final class State {
        private final Subscriber subscriber;
        private final Predicate<String> asked;
        private final StreamCursor cursor = new StreamCursor();
        private final Map<String, Long> resumeFrom = new ConcurrentHashMap<>();
        private volatile boolean listed;

        /** Until when the client may still say from where it resumes; null when that is over. */
        private volatile Instant resumeUntil;

        private State(Subscriber subscriber, Predicate<String> asked, Instant resumeUntil) {
            this.subscriber = subscriber;
            this.asked = asked;
            this.resumeUntil = resumeUntil;
        }
    }
}
