package org.kubenode.progress.deliver;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.kubenode.progress.websocket.Outbound;
import org.kubenode.progress.wire.Frame;
import org.kubenode.progress.wire.Notification;
import org.kubenode.progress.wire.WireCodec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One task on its way to the sockets of this replica: puts in order, drops what came twice, and
 * asks the rows for what is missing.
 *
 * <p>Whoever posts an event and finds nobody at work has the <em>turn</em>: it calls {@link
 * #next()} until there is no step left, while others only post. So the steps of a task follow one
 * another on whichever thread, nobody waits, and at most one read is under way. Subscribers are
 * either at the head, so that one step serves them all, or elsewhere with a place of their own.
 */
public final class Feed {

    private static final Logger LOG = LoggerFactory.getLogger(Feed.class);

    /** Frames kept for those who come a little late: a reconnect is served without a read. */
    static final int RECENT = 64;

    /** Frames kept ahead of a gap; more are read from the rows again. */
    static final int AHEAD = 1_024;

    /** Messages of one read. */
    static final int PAGE = 500;

    /** Beyond every epoch. */
    private static final long NONE = Long.MAX_VALUE;

    /**
     * A task may be stored this long before the commit that shows it, and the clock of the replica
     * that stored it may differ so much from that of this one.
     */
    private static final Duration CLOCKS_DIFFER = Duration.ofMinutes(3);

    private final String taskId;
    private final WireCodec codec;
    private final Function<String, Collection<Subscriber>> audience;
    private final DeliveryListener listener;

    private final Queue<Event> mailbox = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final Deque<Step> steps = new ArrayDeque<>();

    /** What the holder of the turn has seen of {@code waiting}. */
    private int seen = 1;

    private volatile boolean verified;
    private volatile String userId;
    private Instant createdAt;
    private volatile long head = -1;
    private volatile long target;
    private boolean terminalHeard;
    private volatile boolean finished;

    /** The highest epoch known to be in the rows. */
    private volatile long epoch;

    /** Since when it is known here that the task is stored, by {@link System#nanoTime}. */
    private volatile Long storedSince;

    /** The epoch of the last message given, while that is not known to be in the rows. */
    private volatile long provisionalEpoch = NONE;

    private boolean acknowledged;
    private final TreeMap<Long, Ahead> ahead = new TreeMap<>();
    private final ArrayDeque<ProgressMessage> recent = new ArrayDeque<>();
    private ProgressMessage lastSnapshot;

    private final Set<Subscriber> atHead = new LinkedHashSet<>();
    private List<Object> atHeadSockets;
    private final Map<Subscriber, Long> elsewhere = new IdentityHashMap<>();
    private final Set<Subscriber> awaitingSnapshot = new LinkedHashSet<>();

    /** Whose place is beyond what is known here. */
    private final Set<Subscriber> doubtful = new LinkedHashSet<>();

    private final Map<Subscriber, Long> unplaced = new IdentityHashMap<>();

    private Step.Read reading;
    private long targetWhenRead;
    private List<Subscriber> doubtfulWhenRead = List.of();

    Feed(
            String taskId,
            WireCodec codec,
            Function<String, Collection<Subscriber>> audience,
            DeliveryListener listener) {
        this.taskId = taskId;
        this.codec = codec;
        this.audience = audience;
        this.listener = listener;
    }

    /** What others tell a feed. */
    sealed interface Event {
        record Arrived(Notification notification, String path) implements Event {}

        /** Since below 0 asks for a snapshot. */
        record Join(Subscriber subscriber, long since) implements Event {}

        record Listed(Subscriber subscriber) implements Event {}

        record Leave(Subscriber subscriber) implements Event {}

        /** Null: there is no such task. */
        record Answer(TaskRows rows) implements Event {}

        /** What was delivered did not become durable: everybody starts again from the rows. */
        record Rewind() implements Event {}

        /** What is kept for latecomers may go, if the task has ended. */
        record Trim() implements Event {}
    }

    /**
     * Leaves an event. Only under the lock of {@link Delivery}'s map, except for an answer.
     *
     * @return whether the caller has the turn now
     */
    boolean post(Event event) {
        mailbox.add(event);
        return waiting.getAndIncrement() == 0;
    }

    /** Nobody is at work, nothing is read, and nobody here follows the task. */
    boolean abandoned() {
        return waiting.get() == 0
                && reading == null
                && atHead.isEmpty()
                && elsewhere.isEmpty()
                && awaitingSnapshot.isEmpty();
    }

    String taskId() {
        return taskId;
    }

    /** The highest seq given to the sockets at the head; -1 while the rows were never read. */
    long head() {
        return head;
    }

    /**
     * Whether the rows, which reach that seq in that epoch, have something that was not given here:
     * what an owner showed that lost the task may reach further than what the next one committed.
     */
    boolean behind(long lastSeq, long rowsEpoch) {
        return head < lastSeq || rowsEpoch > provisionalEpoch;
    }

    /** Messages known to be committed and not yet given to those who follow the task here. */
    long backlog() {
        boolean nobody = atHead.isEmpty() && elsewhere.isEmpty() && awaitingSnapshot.isEmpty();
        return verified && nobody ? 0 : Math.max(0, target - Math.max(0, head));
    }

    /** The highest epoch known to be in the rows; 0 while none is. */
    long epoch() {
        return epoch;
    }

    /** Whose task it is; null while the rows were not read. */
    String userId() {
        return userId;
    }

    /** The terminal message was delivered. */
    boolean finished() {
        return finished;
    }

    /** Whether a subscriber may belong here: true while the task's user is not known yet. */
    boolean mayConcern(Subscriber subscriber) {
        String owner = userId;
        return owner == null || subscriber.maySee(owner);
    }

    /**
     * Whether the task was known here to be stored before somebody connected: then the list of what
     * is due to them, which was read later, says whether this task is.
     */
    boolean storedBefore(Subscriber subscriber) {
        Long since = storedSince;
        return since != null && since - subscriber.openedAt() < 0;
    }

    /** For the holder of the turn: what is to be done next; null ends the turn. */
    public Step next() {
        while (true) {
            Step step = steps.poll();
            if (step != null) {
                return step;
            }
            Event event = mailbox.poll();
            if (event != null) {
                handleSafely(event);
                continue;
            }
            // The turn ends only if nobody posted since the last look. Events are not counted one
            // by
            // one: one may be taken here before its poster has counted it.
            int before = seen;
            seen = 1;
            int left = waiting.addAndGet(-before);
            if (left == 0) {
                return null;
            }
            seen = left;
        }
    }

    /**
     * A turn that is never finished would silence the task: after an error everybody begins anew.
     */
    private void handleSafely(Event event) {
        try {
            handle(event);
        } catch (RuntimeException e) {
            LOG.error("Task {} is delivered anew from the rows", taskId, e);
            reading = null;
            rewind();
            readIfNeeded();
        }
    }

    private void handle(Event event) {
        if (event instanceof Event.Arrived arrived) {
            arrived(arrived.notification(), arrived.path());
        } else if (event instanceof Event.Join join) {
            join(join.subscriber(), join.since());
        } else if (event instanceof Event.Listed listed) {
            if (verified) {
                place(listed.subscriber());
            }
        } else if (event instanceof Event.Leave leave) {
            leave(leave.subscriber());
        } else if (event instanceof Event.Answer answer) {
            answered(answer.rows());
        } else if (event instanceof Event.Rewind) {
            rewind();
        } else if (finished) {
            recent.clear();
            lastSnapshot = null;
        }
        drainAhead();
        serveFromRecent();
        readIfNeeded();
    }

    private void arrived(Notification notification, String path) {
        if (!notification.durable() && notification.epoch() < epoch) {
            // Of an owner that does not know yet that it is none.
            return;
        }
        if (notification.durable()) {
            stored(notification.epoch());
        }
        if (!verified && !notification.durable()) {
            // From this replica's own journal, while the rows cannot be asked.
            verify(notification.userId(), Instant.now());
            head = notification.seq() - notification.messages().size();
            // Who asked for it before is answered as everybody else.
            unplaced.forEach(this::join);
            unplaced.clear();
            placeAudience();
        }
        if (verified && notification.seq() <= head) {
            listener.duplicatesDropped(Math.max(1, notification.messages().size()));
            return;
        }
        terminalHeard |= notification.type().terminal();
        target = Math.max(target, notification.seq());
        for (Frame frame : notification.messages()) {
            if (verified && frame.seq() <= head) {
                listener.duplicatesDropped(1);
            } else if (ahead.size() < AHEAD && !frame.type().terminal()) {
                ahead.put(frame.seq(), new Ahead(frame, notification.durable(), path));
            }
        }
    }

    private void join(Subscriber subscriber, long since) {
        if (!subscriber.open()) {
            return;
        }
        if (!verified) {
            unplaced.put(subscriber, since);
        } else if (!subscriber.maySee(userId)) {
            gone(List.of(subscriber));
        } else {
            forget(subscriber);
            if (since < 0) {
                awaitingSnapshot.add(subscriber);
            } else {
                putAt(subscriber, since);
                if (since > Math.max(target, head)) {
                    // Another replica was quicker, or it was never written: the rows know.
                    doubtful.add(subscriber);
                }
            }
        }
    }

    /** Somebody whose due tasks were listed without this one. */
    private void place(Subscriber subscriber) {
        Instant listedAt = subscriber.listedAt();
        if (listedAt == null
                || !subscriber.open()
                || !subscriber.maySee(userId)
                || storedBefore(subscriber)
                || atHead.contains(subscriber)
                || elsewhere.containsKey(subscriber)
                || awaitingSnapshot.contains(subscriber)) {
            return;
        }
        if (!createdAt.isBefore(listedAt.minus(CLOCKS_DIFFER)) && !(finished && acknowledged)) {
            putAt(subscriber, 0);
        } else if (!finished && !terminalHeard) {
            awaitingSnapshot.add(subscriber);
        }
    }

    private void placeAudience() {
        audience.apply(userId).forEach(this::place);
    }

    private void leave(Subscriber subscriber) {
        forget(subscriber);
        unplaced.remove(subscriber);
    }

    private void forget(Subscriber subscriber) {
        if (atHead.remove(subscriber)) {
            atHeadSockets = null;
        }
        elsewhere.remove(subscriber);
        awaitingSnapshot.remove(subscriber);
        doubtful.remove(subscriber);
    }

    /**
     * Something of this epoch is in the rows. What earlier owners held and showed here, or were to
     * show here, never becomes durable.
     */
    private void stored(long durableEpoch) {
        if (storedSince == null) {
            storedSince = System.nanoTime();
        }
        if (durableEpoch > provisionalEpoch) {
            rewind();
        }
        if (durableEpoch > epoch) {
            epoch = durableEpoch;
            ahead.values().removeIf(next -> !next.durable() && next.frame().epoch() < epoch);
        }
    }

    private void rewind() {
        awaitingSnapshot.addAll(atHead);
        awaitingSnapshot.addAll(elsewhere.keySet());
        atHead.clear();
        atHeadSockets = null;
        elsewhere.clear();
        doubtful.clear();
        ahead.clear();
        recent.clear();
        lastSnapshot = null;
        head = -1;
        target = 0;
        terminalHeard = false;
        finished = false;
        provisionalEpoch = NONE;
    }

    private void answered(TaskRows rows) {
        Step.Read read = reading;
        reading = null;
        if (rows == null) {
            // No such task, or removed by retention: nobody waits for its rows any more.
            List<Subscriber> waitingForRows = new ArrayList<>(unplaced.keySet());
            waitingForRows.addAll(elsewhere.keySet());
            waitingForRows.addAll(awaitingSnapshot);
            gone(waitingForRows);
            unplaced.clear();
            elsewhere.clear();
            awaitingSnapshot.clear();
            doubtful.clear();
            ahead.clear();
            target = Math.max(head, 0);
            return;
        }
        Frame state = rows.state();
        if (!rows.durable() && rows.epoch() < epoch) {
            // From the memory of an owner that is none any more: it is read again.
            return;
        }
        if (rows.durable()) {
            acknowledged = rows.acknowledged();
            stored(rows.epoch());
        }
        if (!verified) {
            verify(rows.userId(), rows.createdAt());
            head = Math.min(read.since(), state.seq());
            target = Math.max(target, state.seq());
            unplaced.forEach(this::join);
            unplaced.clear();
            placeAudience();
        }
        if (state.seq() < targetWhenRead && rows.durable()) {
            // Somebody announced what was never written.
            ahead.subMap(state.seq(), false, targetWhenRead, true).clear();
            if (target == targetWhenRead) {
                target = state.seq();
            }
        }
        target = Math.max(target, state.seq());
        for (Subscriber subscriber : doubtfulWhenRead) {
            if (doubtful.remove(subscriber)
                    && elsewhere.getOrDefault(subscriber, 0L) > state.seq()) {
                elsewhere.remove(subscriber);
                awaitingSnapshot.add(subscriber);
            }
        }
        terminalHeard = state.type().terminal() || terminalHeard && target > targetWhenRead;
        if (!rows.durable()) {
            // From memory: there are no messages to fill with, so whoever is behind gets the state.
            awaitingSnapshot.addAll(elsewhere.keySet());
            elsewhere.clear();
            if (head < state.seq()) {
                awaitingSnapshot.addAll(atHead);
                atHead.clear();
                atHeadSockets = null;
            }
        }
        if (rows.nodes() != null && !awaitingSnapshot.isEmpty()) {
            lastSnapshot = ProgressMessage.snapshot(codec, state, rows.nodes(), rows.durable());
            sendSnapshot(lastSnapshot);
        }
        if (atHead.isEmpty() && elsewhere.values().stream().allMatch(at -> at >= state.seq())) {
            jumpTo(state, rows.durable());
        }
        for (Frame frame : rows.messages()) {
            if (frame.type().terminal()) {
                if (rows.nodes() == null) {
                    break;
                }
                give(ProgressMessage.terminal(codec, frame, rows.nodes(), rows.durable()), "poll");
            } else {
                give(ProgressMessage.live(codec, frame, rows.durable()), "poll");
            }
        }
    }

    private void verify(String rowUserId, Instant storedAt) {
        verified = true;
        userId = rowUserId;
        createdAt = storedAt;
    }

    /** Nobody here needs what lies between. */
    private void jumpTo(Frame state, boolean durable) {
        if (state.seq() > head) {
            head = state.seq();
            provisionalEpoch = durable ? NONE : state.epoch();
            recent.clear();
            ahead.headMap(head, true).clear();
            finished = state.type().terminal();
            elsewhere.keySet().removeIf(this::promoteIfAtHead);
        }
    }

    private void sendSnapshot(ProgressMessage snapshot) {
        send(snapshot, awaitingSnapshot.stream().map(Subscriber::socket).toList());
        for (Subscriber subscriber : awaitingSnapshot) {
            elsewhere.put(subscriber, snapshot.frame().seq());
        }
        awaitingSnapshot.clear();
        elsewhere.keySet().removeIf(this::promoteIfAtHead);
    }

    private void drainAhead() {
        while (verified && !ahead.isEmpty() && ahead.firstKey() <= head + 1) {
            Ahead next = ahead.pollFirstEntry().getValue();
            if (next.frame().seq() == head + 1) {
                give(ProgressMessage.live(codec, next.frame(), next.durable()), next.path());
            }
        }
    }

    /** Gives a message to everyone whose next it is. */
    private void give(ProgressMessage message, String path) {
        long seq = message.frame().seq();
        if (seq == head + 1) {
            if (!atHead.isEmpty()) {
                List<Object> sockets = atHeadSockets();
                message.tell(listener, path, sockets.size());
                send(message, sockets);
            }
            head = seq;
            provisionalEpoch = message.durable() ? NONE : message.frame().epoch();
            finished |= message.frame().type().terminal();
            recent.add(message);
            if (recent.size() > RECENT) {
                recent.remove();
            }
        }
        if (!elsewhere.isEmpty()) {
            List<Object> sockets = new ArrayList<>();
            for (Map.Entry<Subscriber, Long> place : elsewhere.entrySet()) {
                if (place.getValue() == seq - 1) {
                    sockets.add(place.getKey().socket());
                    place.setValue(seq);
                }
            }
            if (!sockets.isEmpty()) {
                send(message, sockets);
            }
            elsewhere.keySet().removeIf(this::promoteIfAtHead);
        }
    }

    /** What goes to the same sockets one after another is one step. */
    private void send(Outbound message, Collection<Object> sockets) {
        if (steps.peekLast() instanceof Step.Send before && before.sockets() == sockets) {
            before.messages().add(message);
        } else {
            List<Outbound> messages = new ArrayList<>(4);
            messages.add(message);
            steps.add(new Step.Send(messages, sockets));
        }
    }

    private void serveFromRecent() {
        if (elsewhere.isEmpty() || recent.isEmpty()) {
            return;
        }
        long first = recent.peek().frame().seq();
        for (Map.Entry<Subscriber, Long> place : elsewhere.entrySet()) {
            if (place.getValue() >= first - 1 && place.getValue() < head) {
                List<Object> socket = List.of(place.getKey().socket());
                for (ProgressMessage message : recent) {
                    if (message.frame().seq() > place.getValue()) {
                        send(message, socket);
                    }
                }
                place.setValue(head);
            }
        }
        elsewhere.keySet().removeIf(this::promoteIfAtHead);
    }

    private void readIfNeeded() {
        if (reading != null) {
            return;
        }
        if (!awaitingSnapshot.isEmpty()
                && lastSnapshot != null
                && lastSnapshot.frame().seq() == Math.max(head, target)) {
            sendSnapshot(lastSnapshot);
        }
        long since = verified ? head : firstWanted();
        boolean missing = verified ? head < target : target > 0 || !unplaced.isEmpty();
        if (verified && atHead.isEmpty() && elsewhere.isEmpty()) {
            missing = false;
        }
        for (long place : elsewhere.values()) {
            if (place < head) {
                since = Math.min(since, place);
                missing = true;
            }
        }
        if (!missing && awaitingSnapshot.isEmpty() && doubtful.isEmpty()) {
            return;
        }
        if (verified && !ahead.isEmpty()) {
            listener.gapFilled();
        }
        boolean nodes =
                terminalHeard
                        || !awaitingSnapshot.isEmpty()
                        || unplaced.values().stream().anyMatch(at -> at < 0);
        targetWhenRead = target;
        doubtfulWhenRead = List.copyOf(doubtful);
        reading = new Step.Read(taskId, since, missing ? PAGE : 0, nodes, this);
        steps.add(reading);
    }

    private long firstWanted() {
        long first = ahead.isEmpty() ? Long.MAX_VALUE : ahead.firstKey() - 1;
        for (long since : unplaced.values()) {
            if (since >= 0) {
                first = Math.min(first, since);
            }
        }
        return first == Long.MAX_VALUE ? 0 : first;
    }

    private void putAt(Subscriber subscriber, long seq) {
        if (seq == head) {
            promote(subscriber);
        } else {
            elsewhere.put(subscriber, seq);
        }
    }

    private boolean promoteIfAtHead(Subscriber subscriber) {
        if (elsewhere.get(subscriber) != head) {
            return false;
        }
        promote(subscriber);
        return true;
    }

    private void promote(Subscriber subscriber) {
        atHead.add(subscriber);
        atHeadSockets = null;
    }

    private List<Object> atHeadSockets() {
        if (atHeadSockets == null) {
            for (Iterator<Subscriber> it = atHead.iterator(); it.hasNext(); ) {
                if (!it.next().open()) {
                    it.remove();
                }
            }
            atHeadSockets = atHead.stream().map(Subscriber::socket).toList();
        }
        return atHeadSockets;
    }

    private void gone(List<Subscriber> subscribers) {
        if (!subscribers.isEmpty()) {
            send(
                    Outbound.of(ClientMessages.gone(taskId)),
                    subscribers.stream().map(Subscriber::socket).toList());
        }
    }

    /** A frame that cannot be given yet. */
    private record Ahead(Frame frame, boolean durable, String path) {}
}
