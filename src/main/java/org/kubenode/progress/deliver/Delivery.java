package org.kubenode.progress.deliver;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.kubenode.progress.deliver.Feed.Event;
import org.kubenode.progress.notify.ProgressPoll;
import org.kubenode.progress.store.Rows;
import org.kubenode.progress.wire.Notification;
import org.kubenode.progress.wire.WireCodec;

/**
 * Who on this replica follows which task. Methods that return feeds return those whose turn the
 * caller now has: for each of them it must call {@link #next} until that gives null.
 */
public final class Delivery implements ProgressPoll.Listeners {

    /**
     * So many reads of a lane wait at most before news of tasks that nobody follows, said to be of
     * that user, is left to the poll.
     */
    static final int MAX_WAITING = 1_000;

    private final WireCodec codec;
    private final DeliveryListener listener;
    private final Reads reads;
    private final UnknownTasks unknown = new UnknownTasks(System::nanoTime);
    private final Map<String, Feed> feeds = new ConcurrentHashMap<>();
    private final Map<String, Set<Subscriber>> byUser = new ConcurrentHashMap<>();
    private final Set<Subscriber> seeingAll = ConcurrentHashMap.newKeySet();

    /**
     * @param reads those that wait for a reader
     */
    public Delivery(WireCodec codec, DeliveryListener listener, Reads reads) {
        this.codec = codec;
        this.listener = listener;
        this.reads = reads;
    }

    /** Somebody connected. Nothing is delivered before {@link #listed}. */
    public void open(Subscriber subscriber) {
        if (subscriber.all()) {
            seeingAll.add(subscriber);
        } else {
            byUser.compute(
                    subscriber.userId(),
                    (user, set) -> {
                        Set<Subscriber> all = set == null ? ConcurrentHashMap.newKeySet() : set;
                        all.add(subscriber);
                        return all;
                    });
        }
    }

    /** Somebody left. */
    public List<Feed> close(Subscriber subscriber) {
        subscriber.close();
        seeingAll.remove(subscriber);
        byUser.computeIfPresent(
                subscriber.userId(),
                (user, set) -> {
                    set.remove(subscriber);
                    return set.isEmpty() ? null : set;
                });
        return postToAll(subscriber, new Event.Leave(subscriber));
    }

    /**
     * The tasks due to somebody were read.
     *
     * @param since for each task the seq after which it goes on, below 0 for a snapshot
     * @param at when they were read, by the database's clock; null when they could not be, and only
     *     what runs here was listed
     */
    public List<Feed> listed(Subscriber subscriber, Map<String, Long> since, Instant at) {
        List<Feed> turns = join(subscriber, since);
        // Not before: what it goes on with must not be taken for a task that began since then.
        subscriber.listed(at);
        turns.addAll(postToAll(subscriber, new Event.Listed(subscriber)));
        return turns;
    }

    /** Somebody asks for tasks: after a seq, or below 0 for a snapshot. */
    public List<Feed> join(Subscriber subscriber, Map<String, Long> since) {
        List<Feed> turns = new ArrayList<>();
        since.forEach((taskId, seq) -> post(taskId, new Event.Join(subscriber, seq), turns));
        return turns;
    }

    /** Whether anybody here may see that user's tasks. */
    public boolean wanted(String userId) {
        return !seeingAll.isEmpty() || byUser.containsKey(userId);
    }

    @Override
    public Collection<String> connectedUsers() {
        return seeingAll.isEmpty() ? List.copyOf(byUser.keySet()) : null;
    }

    /**
     * A notification came.
     *
     * @param path postgres, redis, memory or a transport's name; null when it came from the rows
     * @return its task's feed when the caller has the turn, else null
     */
    public Feed arrived(Notification notification, String path) {
        String taskId = notification.taskId();
        String how = path == null ? Feed.ROWS : path;
        if (!wanted(notification.userId())) {
            return null;
        }
        boolean known = Feed.ROWS.equals(how) || feeds.containsKey(taskId);
        if (!known && (unknown.contains(taskId) || crowded(notification.userId()))) {
            return null;
        }
        List<Feed> turn = new ArrayList<>(1);
        post(taskId, new Event.Arrived(notification, how), turn);
        return turn.isEmpty() ? null : turn.get(0);
    }

    private boolean crowded(String claimedUser) {
        return reads.waitingOf(Feed.laneOfClaimed(claimedUser, this::audience)) >= MAX_WAITING;
    }

    /** For the holder of a turn: see {@link Feed#next()}. */
    public Step next(Feed feed) {
        Step step = feed.next();
        if (step == null && feed.unknown()) {
            forgetIfAbandoned(feed.taskId());
        }
        return step;
    }

    private void forgetIfAbandoned(String taskId) {
        feeds.computeIfPresent(
                taskId, (id, feed) -> feed.abandoned() && !watched(feed) ? null : feed);
    }

    /** What was delivered of a task did not become durable. */
    public List<Feed> rewind(String taskId) {
        List<Feed> turns = new ArrayList<>(1);
        if (feeds.containsKey(taskId)) {
            post(taskId, new Event.Rewind(), turns);
        }
        return turns;
    }

    /** The rows answered a read; null when there is no such task. */
    public List<Feed> answered(Feed feed, TaskRows rows) {
        if (rows == null) {
            unknown.add(feed.taskId());
        }
        return feed.post(new Event.Answer(rows)) ? List.of(feed) : List.of();
    }

    @Override
    public List<Notification> behind(List<Map<String, Object>> rows) {
        List<Notification> behind = new ArrayList<>();
        Map<String, Instant> firstListed = new HashMap<>();
        for (Map<String, Object> row : rows) {
            String taskId = row.get("task_id").toString();
            String userId = row.get("user_id").toString();
            long lastSeq = Rows.number(row, "last_seq");
            long epoch = Rows.number(row, "epoch");
            Feed feed = feeds.get(taskId);
            boolean news =
                    feed == null
                            ? lastSeq > 0 && belongsToSomebody(row, userId, firstListed)
                            : feed.behind(lastSeq, epoch);
            if (news && wanted(userId)) {
                behind.add(
                        Notification.reference(
                                taskId,
                                userId,
                                epoch,
                                lastSeq,
                                TaskReader.type(row.get("status").toString())));
            }
        }
        return behind;
    }

    /** Who came after a task had ended is shown it only if it was due then. */
    private boolean belongsToSomebody(
            Map<String, Object> row, String userId, Map<String, Instant> firstListed) {
        Instant end = Rows.instant(row, "completed_at");
        return end == null || !end.isBefore(firstListed.computeIfAbsent(userId, this::firstListed));
    }

    /** When the first of those who may see a user's tasks was listed. */
    private Instant firstListed(String userId) {
        return audience(userId).stream()
                .map(Subscriber::listedAt)
                .filter(Objects::nonNull)
                .min(Instant::compareTo)
                .orElse(Instant.MAX);
    }

    /** Forgets tasks that nobody here follows; they are read anew when somebody comes. */
    public List<Feed> sweep() {
        feeds.keySet().forEach(this::forgetIfAbandoned);
        List<Feed> turns = new ArrayList<>();
        for (Feed feed : feeds.values()) {
            if (feed.finished()) {
                post(feed.taskId(), new Event.Trim(), turns);
            }
        }
        return turns;
    }

    /** How many tasks are followed here. */
    public int followed() {
        return feeds.size();
    }

    /**
     * Messages known here to be committed and not yet given to users connected here; their sockets'
     * own queues are counted with the sockets.
     */
    public long backlog() {
        long backlog = 0;
        for (Feed feed : feeds.values()) {
            backlog += feed.backlog();
        }
        return backlog;
    }

    private boolean watched(Feed feed) {
        // A finished task's feed stays while its user is here: the poll must not take it for news.
        String owner = feed.userId();
        return feed.finished() && owner != null && wanted(owner);
    }

    private List<Feed> postToAll(Subscriber subscriber, Event event) {
        List<Feed> turns = new ArrayList<>();
        for (Feed feed : feeds.values()) {
            if (feed.mayConcern(subscriber)) {
                post(feed.taskId(), event, turns);
            }
        }
        return turns;
    }

    private void post(String taskId, Event event, List<Feed> turns) {
        feeds.compute(
                taskId,
                (id, present) -> {
                    Feed feed =
                            present == null
                                    ? new Feed(id, codec, this::audience, listener)
                                    : present;
                    if (feed.post(event)) {
                        turns.add(feed);
                    }
                    return feed;
                });
    }

    private Collection<Subscriber> audience(String userId) {
        List<Subscriber> audience = new ArrayList<>(seeingAll);
        audience.addAll(byUser.getOrDefault(userId, Set.of()));
        return audience;
    }
}
