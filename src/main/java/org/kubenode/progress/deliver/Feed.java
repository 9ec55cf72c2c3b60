package org.kubenode.progress.deliver;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.kubenode.progress.websocket.Outbound;
import org.kubenode.progress.wire.Frame;
import org.kubenode.progress.wire.Notification;
import org.kubenode.progress.wire.WireCodec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One task on its way to the sockets of this replica: puts in order, drops what came twice, and
 * asks the rows for what is missing, and whether what is said of the task can be.
 *
 * <p>Whoever posts an event and finds nobody at work has the <em>turn</em>: it calls {@link
 * #next()} until there is no step left, while others only post. So the steps of a task follow one
 * another on whichever thread, and at most one read is under way.
 */
public final class Feed {

    private static final Logger LOG = LoggerFactory.getLogger(Feed.class);

    /** How news came that was read from the rows. */
    static final String ROWS = "poll";

    /** Frames kept for those who come a little late: a reconnect is served without a read. */
    static final int RECENT = 64;

    /** Frames kept ahead of a gap; more are read from the rows again. */
    static final int AHEAD = 1_024;

    /** Messages of one read. */
    static final int PAGE = 500;

    /** Beyond every epoch. */
    private static final long NONE = Long.MAX_VALUE;

    private final String taskId;
    private final WireCodec codec;
    private final Function<String, Collection<Subscriber>> audience;
    private final DeliveryListener listener;

    private final Mailbox<Event> mailbox = new Mailbox<>();
    private final Deque<Step> steps = new ArrayDeque<>();
    private final Positions positions = new Positions();

    private volatile boolean verified;
    private volatile String userId;

    /** Whose task the first news says it is: who pays for the look-up. */
    private String claimedUser;

    private volatile long head = -1;
    private volatile long target;
    private boolean terminalHeard;
    private volatile boolean finished;

    /** The rows say that it ended, and when by the database's clock: nothing follows. */
    private boolean ended;

    private Instant endedAt;

    /** The epoch of the rows. */
    private volatile long epoch;

    /** The highest epoch that was heard of; above that of the rows it is yet to be checked. */
    private volatile long epochHeard;

    /** Since when it is known here that the task is stored, by {@link System#nanoTime}. */
    private volatile Long storedSince;

    /** The epoch of the last message given, while that is not known to be in the rows. */
    private volatile long provisionalEpoch = NONE;

    private final TreeMap<Long, Ahead> ahead = new TreeMap<>();
    private final ArrayDeque<ProgressMessage> recent = new ArrayDeque<>();
    private ProgressMessage lastSnapshot;

    /** The read under way, and what it is to decide. */
    private Step.Read reading;

    private long targetWhenRead;
    private long epochHeardWhenRead;

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
        return mailbox.post(event);
    }

    /** Nobody is at work, nothing is read, and nobody here follows the task. */
    boolean abandoned() {
        return mailbox.idle() && reading == null && positions.empty() && !positions.anyUnplaced();
    }

    String taskId() {
        return taskId;
    }

    /** Whether no row of it was seen, nor a message of this replica's own. */
    boolean unknown() {
        return !verified;
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
        return verified && positions.empty() ? 0 : Math.max(0, target - Math.max(0, head));
    }

    /** The highest epoch heard of; 0 while none is. What is remembered of a lower one is old. */
    long epoch() {
        return Math.max(epoch, epochHeard);
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
    private boolean storedBefore(Subscriber subscriber) {
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
            Event event = mailbox.next();
            if (event == null) {
                return null;
            }
            handleSafely(event);
        }
    }

    /**
     * A turn that is never finished would silence the task: after an error everybody begins anew.
     */
    private void handleSafely(Event event) {
        try {
            handle(event);
        } catch (Throwable e) {
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
            positions.leave(leave.subscriber());
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

    private void arrived(Notification news, String path) {
        if (impossible(news, path)) {
            listener.duplicatesDropped(Math.max(1, news.messages().size()));
            return;
        }
        if (news.durable()) {
            if (storedSince == null) {
                storedSince = System.nanoTime();
            }
            epochHeard = Math.max(epochHeard, news.epoch());
        }
        if (!verified) {
            claimedUser = claimedUser == null ? news.userId() : claimedUser;
            if (!news.durable()) {
                // From this replica's own journal, while the rows cannot be asked.
                verify(news.userId(), news.seq() - news.messages().size());
            }
        }
        if (verified && news.seq() <= head && epochHeard <= epoch) {
            listener.duplicatesDropped(Math.max(1, news.messages().size()));
            return;
        }
        terminalHeard |= news.type().terminal();
        target = Math.max(target, news.seq());
        for (Frame frame : news.messages()) {
            if (verified && frame.seq() <= head) {
                listener.duplicatesDropped(1);
            } else if (ahead.size() < AHEAD && !frame.type().terminal()) {
                ahead.put(frame.seq(), new Ahead(frame, news.durable(), path));
            }
        }
    }

    /**
     * What cannot be so whatever the rows say: after the end, of another user's task, or of an
     * owner that does not know yet that it is none.
     */
    private boolean impossible(Notification news, String path) {
        boolean late = ended && !ROWS.equals(path);
        boolean foreign = verified && !news.userId().equals(userId);
        boolean fenced = !news.durable() && news.epoch() < epoch();
        return late || foreign || fenced;
    }

    private void join(Subscriber subscriber, long since) {
        if (!subscriber.open()) {
            return;
        }
        if (!verified) {
            positions.unplaced(subscriber, since);
        } else if (!subscriber.maySee(userId)) {
            gone(List.of(subscriber));
        } else {
            positions.forget(subscriber);
            if (since < 0) {
                positions.awaitSnapshot(subscriber);
            } else {
                positions.put(subscriber, since, head);
                if (since > Math.max(target, head)) {
                    // Another replica was quicker, or it was never written: the rows know.
                    positions.doubt(subscriber);
                }
            }
        }
    }

    /** Somebody whose due tasks were listed without this one. */
    private void place(Subscriber subscriber) {
        if (finished && !ended && subscriber.listedAt() != null) {
            // Its owner's sockets saw the end before the rows had it; nobody said since that they
            // do.
            positions.doubtEnd(subscriber);
        } else {
            placeByTime(subscriber);
        }
    }

    /**
     * The task began after somebody's list was read if it did not end before: then it is theirs
     * from its first message. Both times are the database's.
     */
    private void placeByTime(Subscriber subscriber) {
        if (!subscriber.open()
                || !subscriber.listed()
                || !subscriber.maySee(userId)
                || storedBefore(subscriber)
                || positions.hold(subscriber)) {
            return;
        }
        if (ended) {
            if (endedAt != null && subscriber.listedBefore(endedAt)) {
                positions.put(subscriber, 0, head);
            }
        } else if (subscriber.listedAt() == null) {
            positions.awaitSnapshot(subscriber);
        } else {
            positions.put(subscriber, 0, head);
        }
    }

    /** It is known whose task it is, and that nobody here has more than that seq of it. */
    private void verify(String owner, long seq) {
        verified = true;
        userId = owner;
        head = seq;
        ahead.values().removeIf(next -> !next.frame().userId().equals(owner));
        positions.placeEach(this::join);
        audience.apply(owner).forEach(this::place);
    }

    /**
     * The rows are of this epoch. What earlier owners held and showed here, or were to show here,
     * never becomes durable.
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
        positions.allAwaitSnapshot();
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
            gone(positions.takeThoseWithoutRows());
            ahead.clear();
            target = Math.max(head, 0);
            epochHeard = epoch;
            return;
        }
        Frame state = rows.state();
        if (!rows.durable() && state.epoch() < epoch()) {
            // From the memory of an owner that is none any more: it is read again.
            return;
        }
        if (rows.durable()) {
            ended = state.type().terminal();
            endedAt = rows.endedAt();
            stored(state.epoch());
        }
        if (!verified) {
            target = Math.max(target, state.seq());
            verify(rows.userId(), Math.min(read.since(), state.seq()));
        }
        if (rows.durable()) {
            dropWhatTheRowsDeny(state);
        }
        target = Math.max(target, state.seq());
        positions.settle(state.seq(), this::placeByTime);
        terminalHeard = state.type().terminal() || terminalHeard && target > targetWhenRead;
        if (!rows.durable()) {
            // From memory: there are no messages to fill with, so whoever is behind gets the state.
            positions.awaitSnapshotBetween(Long.MIN_VALUE, Long.MAX_VALUE);
            if (head < state.seq()) {
                positions.headAwaitsSnapshot();
            }
        }
        if (rows.nodes() != null && positions.anyAwaitsSnapshot()) {
            lastSnapshot = ProgressMessage.snapshot(codec, state, rows.nodes(), rows.durable());
            sendSnapshot(lastSnapshot);
        }
        if (positions.allReached(state.seq())) {
            jumpTo(state, rows.durable());
        }
        giveAll(rows, read);
    }

    /** A seq or an epoch beyond the rows was announced, and never written. */
    private void dropWhatTheRowsDeny(Frame state) {
        if (epochHeard == epochHeardWhenRead) {
            epochHeard = epoch;
            ahead.values().removeIf(next -> next.durable() && next.frame().epoch() > epoch);
        }
        if (state.seq() < targetWhenRead) {
            ahead.subMap(state.seq(), false, targetWhenRead, true).clear();
            if (target == targetWhenRead) {
                target = state.seq();
            }
        }
        if (ended) {
            ahead.clear();
            target = state.seq();
        }
    }

    /** Gives the messages of a read; who then still lacks some that are no rows gets the state. */
    private void giveAll(TaskRows rows, Step.Read read) {
        List<Frame> messages = rows.messages();
        boolean all = messages.size() < read.limit();
        long covered = all ? rows.state().seq() : read.since();
        for (Frame frame : messages) {
            boolean end = frame.type().terminal();
            if (end && (rows.nodes() == null || frame.seq() > rows.state().seq())) {
                covered = frame.seq() - 1;
                break;
            }
            give(
                    end
                            ? ProgressMessage.terminal(codec, frame, rows.nodes(), rows.durable())
                            : ProgressMessage.live(codec, frame, rows.durable()),
                    ROWS);
            covered = Math.max(covered, frame.seq());
        }
        if (rows.durable() && read.limit() > 0) {
            // Reduced by retention: the messages between are gone.
            positions.awaitSnapshotBetween(read.since(), covered);
            if (head >= read.since() && head < covered) {
                positions.headAwaitsSnapshot();
            }
        }
    }

    /** Nobody here needs what lies between. */
    private void jumpTo(Frame state, boolean durable) {
        if (state.seq() > head) {
            head = state.seq();
            provisionalEpoch = durable ? NONE : state.epoch();
            recent.clear();
            ahead.headMap(head, true).clear();
            finished = state.type().terminal();
            positions.promoteThoseAt(head);
        }
    }

    private void sendSnapshot(ProgressMessage snapshot) {
        send(snapshot, positions.snapshotTo(snapshot.frame().seq(), head));
    }

    private void drainAhead() {
        while (verified && !ahead.isEmpty() && ahead.firstKey() <= head + 1) {
            Ahead next = ahead.firstEntry().getValue();
            if (next.frame().seq() == head + 1) {
                if (next.durable() && next.frame().epoch() > epoch) {
                    // The first of another owner: the rows are asked whether there is one.
                    return;
                }
                give(ProgressMessage.live(codec, next.frame(), next.durable()), next.path());
            }
            ahead.remove(next.frame().seq());
        }
    }

    /** Gives a message to everyone whose next it is. */
    private void give(ProgressMessage message, String path) {
        long seq = message.frame().seq();
        if (seq == head + 1) {
            if (positions.anyAtHead()) {
                List<Object> sockets = positions.atHeadSockets();
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
        if (positions.anyElsewhere()) {
            List<Object> sockets = positions.advanceTo(seq);
            if (!sockets.isEmpty()) {
                send(message, sockets);
            }
            positions.promoteThoseAt(head);
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
        if (recent.isEmpty() || !positions.anyElsewhere()) {
            return;
        }
        positions.catchUp(
                recent.peek().frame().seq() - 1,
                head,
                (socket, place) -> {
                    List<Object> alone = List.of(socket);
                    for (ProgressMessage message : recent) {
                        if (message.frame().seq() > place) {
                            send(message, alone);
                        }
                    }
                });
    }

    private void readIfNeeded() {
        if (reading != null) {
            return;
        }
        if (positions.anyAwaitsSnapshot()
                && lastSnapshot != null
                && lastSnapshot.frame().seq() == Math.max(head, target)) {
            sendSnapshot(lastSnapshot);
        }
        boolean doubt = epochHeard > epoch;
        long since = verified ? positions.earliest(head) : firstWanted();
        boolean missing =
                verified
                        ? positions.followed() && (head < target || doubt || since < head)
                        : target > 0 || positions.anyUnplaced();
        if (!missing && !positions.anyAwaitsSnapshot() && !positions.anyInDoubt()) {
            return;
        }
        if (verified && !ahead.isEmpty()) {
            listener.gapFilled();
        }
        boolean nodes =
                terminalHeard
                        || ended
                        || positions.anyAwaitsSnapshot()
                        || doubt && provisionalEpoch != NONE
                        || firstAsksForSnapshot();
        targetWhenRead = target;
        epochHeardWhenRead = epochHeard;
        positions.ask();
        reading = new Step.Read(taskId, lane(), since, missing ? PAGE : 0, nodes, this);
        steps.add(reading);
    }

    /** Whose turn a read takes: the task's user, or whoever asks for a task that is not known. */
    private String lane() {
        if (userId != null) {
            return userId;
        }
        for (Map.Entry<Subscriber, Long> asked : positions.unplaced()) {
            return asked.getKey().userId();
        }
        return laneOfClaimed(claimedUser, audience);
    }

    /**
     * Whose turn the look-up of a task takes of which it is only said whose it is: that user's, who
     * is connected, or else one that all others share.
     */
    static String laneOfClaimed(String userId, Function<String, Collection<Subscriber>> audience) {
        boolean connected =
                audience.apply(userId).stream().anyMatch(one -> one.userId().equals(userId));
        return "said to be of " + (connected ? userId : "somebody else");
    }

    private boolean firstAsksForSnapshot() {
        for (Map.Entry<Subscriber, Long> asked : positions.unplaced()) {
            if (asked.getValue() < 0) {
                return true;
            }
        }
        return false;
    }

    private long firstWanted() {
        long first = ahead.isEmpty() ? NONE : ahead.firstKey() - 1;
        for (Map.Entry<Subscriber, Long> asked : positions.unplaced()) {
            if (asked.getValue() >= 0) {
                first = Math.min(first, asked.getValue());
            }
        }
        return first == NONE ? 0 : first;
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
