package org.kubenode.progress.chaos;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** A history, sorted for those who judge it. */
final class Evidence {

    /** So many ends of before it a new session is shown: {@code due-tasks.sql}. */
    static final int LISTED_ENDS = 50;

    private final List<Event> events;
    private final Map<String, Client> clients = new LinkedHashMap<>();
    private final Map<String, NavigableMap<Long, Event.Committed>> commits = new LinkedHashMap<>();
    private final Map<String, Event.Task> tasks = new LinkedHashMap<>();
    private final Map<String, NavigableMap<Long, String>> states = new HashMap<>();

    private final Map<String, NavigableSet<Long>> down = new HashMap<>();

    Evidence(List<Event> events) {
        this.events = events;
        for (Event event : events) {
            if (event instanceof Event.Opened opened) {
                clients.computeIfAbsent(opened.client(), name -> new Client(name, opened))
                        .connections
                        .put(opened.connection(), new Link(opened));
            } else if (event instanceof Event.Committed row) {
                commits.computeIfAbsent(row.taskId(), id -> new TreeMap<>()).put(row.seq(), row);
            } else if (event instanceof Event.Task task) {
                tasks.put(task.taskId(), task);
            } else if (event instanceof Event.Stood stood) {
                states.computeIfAbsent(stood.replica(), name -> new TreeMap<>())
                        .put(stood.at(), stood.state());
                if ("down".equals(stood.database())) {
                    down.computeIfAbsent(stood.replica(), name -> new TreeSet<>()).add(stood.at());
                }
            }
        }
        for (Event event : events) {
            if (event instanceof Event.Framed frame) {
                clients.get(frame.client()).link(frame.connection()).frames.add(frame);
            } else if (event instanceof Event.Closed closed) {
                close(closed);
            }
        }
    }

    /** One that ended before the client was greeted on it was never there. */
    private void close(Event.Closed closed) {
        Client client = clients.get(closed.client());
        Link link = client == null ? null : client.link(closed.connection());
        if (link != null) {
            link.closedAt = closed.at();
        }
    }

    /** A client with all its connections, in order. */
    static final class Client {
        final String name;
        final String user;
        final boolean all;
        final NavigableMap<Integer, Link> connections = new TreeMap<>();

        private Client(String name, Event.Opened first) {
            this.name = name;
            this.user = first.user();
            this.all = first.all();
        }

        Link link(int connection) {
            return connections.get(connection);
        }

        boolean maySee(String owner) {
            return all || user.equals(owner);
        }

        /** Whether it was there at the end. */
        boolean stayed() {
            return connections.lastEntry().getValue().closedAt == Long.MAX_VALUE;
        }
    }

    /** One connection with its frames, in the order they came. */
    static final class Link {
        final Event.Opened opened;
        final List<Event.Framed> frames = new ArrayList<>();
        long closedAt = Long.MAX_VALUE;

        private Link(Event.Opened opened) {
            this.opened = opened;
        }
    }

    Collection<Client> clients() {
        return clients.values();
    }

    Collection<Event.Task> tasks() {
        return tasks.values();
    }

    Event.Task task(String taskId) {
        return tasks.get(taskId);
    }

    /** The rows of a task by seq. */
    NavigableMap<Long, Event.Committed> rows(String taskId) {
        return commits.getOrDefault(taskId, new TreeMap<>());
    }

    /**
     * Whether a task began and ended while a client was away, and before it came back its end was
     * acknowledged, or so many others ended that the list of a new session does not reach as far.
     */
    boolean neverDue(Client client, Event.Task task) {
        boolean shown =
                client.connections.values().stream()
                        .flatMap(link -> link.frames.stream())
                        .anyMatch(frame -> frame.taskId().equals(task.taskId()));
        long end = end(task);
        Link next =
                client.connections.values().stream()
                        .filter(link -> link.opened.at() > end && couldBeShown(client, link))
                        .findFirst()
                        .orElse(null);
        if (shown || next == null) {
            return false;
        }
        boolean acknowledged =
                all(Event.Acknowledging.class).stream()
                        .anyMatch(
                                ack ->
                                        ack.taskId().equals(task.taskId())
                                                && ack.at() <= next.opened.at() + run().graceMs());
        if (acknowledged) {
            return true;
        }
        long later =
                tasks.values().stream()
                        .filter(other -> client.maySee(other.user()))
                        .mapToLong(this::end)
                        .filter(at -> at > end && at <= next.opened.at())
                        .count();
        return later >= LISTED_ENDS;
    }

    /** Whether it stood long enough, with rows to read, to be shown what was due to it. */
    private boolean couldBeShown(Client client, Link link) {
        Impairments impaired = new Impairments(all(Event.Faulted.class), run().graceMs());
        return impaired.unimpaired(
                        link.opened.at(),
                        Math.min(link.closedAt, lastAt()),
                        "client:" + client.name,
                        "replica:" + link.opened.replica(),
                        "rows:" + link.opened.replica(),
                        "rows")
                > run().realtimeMs();
    }

    /** The list of what is due to a connection was certainly read after that. */
    static boolean listedAfter(Link link, long at, Event.Ran run) {
        // Who resumes is listed after it was greeted; others before they had the greeting, maybe.
        long margin = link.opened.connection() > 1 ? 0 : run.graceMs();
        return link.opened.at() - margin > at;
    }

    /** When the last thing happened. */
    long lastAt() {
        return events.stream().mapToLong(Event::at).max().orElse(0);
    }

    private long end(Event.Task task) {
        NavigableMap<Long, Event.Committed> rows = rows(task.taskId());
        return rows.isEmpty() ? Long.MAX_VALUE : rows.lastEntry().getValue().at();
    }

    Event.Ran run() {
        return all(Event.Ran.class).get(0);
    }

    <T extends Event> List<T> all(Class<T> kind) {
        return events.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    /** Whether a replica said of itself in that time that it has no database. */
    boolean saidDatabaseIsDown(String replica, long from, long to) {
        return down.getOrDefault(replica, new TreeSet<>()).subSet(from, true, to, true).size() > 0;
    }

    /** Whether a replica's notifier was seen in REALTIME, and in nothing else, all that time. */
    boolean realtime(String replica, long from, long to) {
        if (to < from) {
            return realtime(replica, to, from);
        }
        NavigableMap<Long, String> seen = states.getOrDefault(replica, new TreeMap<>());
        Map.Entry<Long, String> before = seen.floorEntry(from);
        if (before == null || !before.getValue().equals("REALTIME")) {
            return false;
        }
        return seen.subMap(from, true, to, true).values().stream().allMatch("REALTIME"::equals);
    }
}
