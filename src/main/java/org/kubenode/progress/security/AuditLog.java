package org.kubenode.progress.security;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.kubenode.progress.log.LogLimit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who signed in, was refused, cancelled or acknowledged: one line of JSON at once, by a logger of
 * its own, and a row within a second. While the database is away the rows wait, at most {@value
 * #MOST_WAITING}; the lines have them all.
 */
public class AuditLog {

    /** The logger, to be sent where the installation keeps such lines. */
    public static final String LOGGER = "org.kubenode.progress.audit";

    private static final Logger LOG = LoggerFactory.getLogger(LOGGER);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MOST_WAITING = 10_000;

    private final Deque<Map<String, Object>> waiting = new ArrayDeque<>();
    private final LogLimit limit = new LogLimit();
    private final Clock clock;

    AuditLog(Clock clock) {
        this.clock = clock;
    }

    /**
     * Notes what a caller did.
     *
     * @param caller null when nobody is known
     * @param remote the address that it came from
     * @param limited whether a client could repeat it at will: then one a minute is noted for each
     *     event, user and status, and of a task for each, with how many there were
     */
    void note(
            String event, Caller caller, String remote, String path, int status, boolean limited) {
        String user = caller == null ? null : caller.userId();
        String of = event.startsWith("task-") ? path : "";
        long count = limited ? limit.pass(event + ' ' + user + ' ' + status + of) : 1;
        if (count == 0) {
            return;
        }
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("at", clock.instant().truncatedTo(ChronoUnit.MILLIS).toString());
        entry.put("event", event);
        entry.put("user_id", user);
        entry.put("username", caller == null ? null : caller.username());
        entry.put("role", caller == null ? null : caller.role().claim());
        entry.put("remote", remote);
        entry.put("path", path);
        entry.put("status", status);
        entry.put("count", count);
        LOG.info(json(entry));
        synchronized (waiting) {
            if (waiting.size() >= MOST_WAITING) {
                waiting.removeFirst();
            }
            waiting.addLast(entry);
        }
    }

    /**
     * The caller of a socket acknowledged the end of a task.
     *
     * @param acknowledged the rows of that task, none when it was no such end
     */
    public void acknowledged(ProgressPrincipal principal, List<Map<String, Object>> acknowledged) {
        for (Map<String, Object> task : acknowledged) {
            String path = "/api/v1/tasks/" + task.get("task_id") + "/ack";
            note("task-ack", principal.caller(), principal.remote(), path, 101, true);
        }
    }

    /** What is to become rows, as {@code insert-audit.sql} takes it; null when there is nothing. */
    public Map<String, Object> take() {
        List<Map<String, Object>> taken;
        synchronized (waiting) {
            taken = new ArrayList<>(waiting);
            waiting.clear();
        }
        return taken.isEmpty() ? null : Map.of("entries", json(taken));
    }

    private static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
