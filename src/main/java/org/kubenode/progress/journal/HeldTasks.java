package org.kubenode.progress.journal;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.kubenode.progress.store.Rows;

/**
 * The tasks that this replica owns. Their leases are renewed by each write of the journal, and by a
 * heartbeat where nothing was written for a third of the lease. Thread-safe.
 */
public final class HeldTasks {

    private final Map<String, TaskRun> runs = new ConcurrentHashMap<>();
    private final Duration lease;
    private final LongSupplier nanoTime;

    /**
     * @param lease how long a renewal lasts
     * @param nanoTime the monotonic clock of the leases, in ns
     */
    public HeldTasks(Duration lease, LongSupplier nanoTime) {
        this.lease = lease;
        this.nanoTime = nanoTime;
    }

    /** This replica took it. The journal takes it out when its end is committed or it is lost. */
    public void add(TaskRun run) {
        runs.put(run.taskId(), run);
    }

    /** It is not held any more: handed over, for example. */
    public void remove(TaskRun run) {
        runs.remove(run.taskId(), run);
    }

    /** The task that is held, or null. */
    public TaskRun get(String taskId) {
        return runs.get(taskId);
    }

    /** All of them. */
    public Collection<TaskRun> all() {
        return List.copyOf(runs.values());
    }

    /** How many. */
    public int size() {
        return runs.size();
    }

    /** Whether one was not renewed for a third of its lease. */
    public boolean renewalDue() {
        long dueBelow = lease.toMillis() * 2 / 3;
        return runs.values().stream()
                .anyMatch(run -> run.stored() && run.lease().left().toMillis() < dueBelow);
    }

    /** What a statement over all held and stored tasks is sent with; null when there are none. */
    public Renewal renewal() {
        List<TaskRun> held = runs.values().stream().filter(TaskRun::stored).toList();
        if (held.isEmpty()) {
            return null;
        }
        Map<String, Object> parameters = new HashMap<>();
        parameters.put("tasks", json(held));
        parameters.put("lease_ms", lease.toMillis());
        return new Renewal(held, nanoTime.getAsLong(), parameters);
    }

    /** What {@code hand-over} is sent with to give up one task's lease. */
    public static Map<String, Object> handOver(TaskRun run) {
        return Map.of("tasks", json(List.of(run)));
    }

    /**
     * The leases were renewed.
     *
     * @param rows task_id, epoch, cancel_requested_at of each that still is this replica's
     * @return those that are not, and have not ended here either
     */
    public List<TaskRun> renewed(Renewal renewal, List<Map<String, Object>> rows) {
        Map<String, Map<String, Object>> byTask = new HashMap<>();
        rows.forEach(row -> byTask.put(Rows.text(row, "task_id"), row));
        for (TaskRun run : renewal.runs()) {
            Map<String, Object> row = byTask.get(run.taskId());
            if (row != null) {
                run.lease().renewed(renewal.sentAt());
                tellCancel(run, row);
            }
        }
        return renewal.runs().stream()
                .filter(run -> !byTask.containsKey(run.taskId()))
                .filter(run -> runs.get(run.taskId()) == run && !run.ended())
                .toList();
    }

    /**
     * Rows of {@code find-wishes}: tells the batches that somebody wants ended, paused or resumed.
     *
     * @return what is to be recorded of these, and of others that have something to say
     */
    public List<Notice> wishes(List<Map<String, Object>> rows) {
        for (Map<String, Object> row : rows) {
            TaskRun run = runs.get(Rows.text(row, "task_id"));
            if (run != null && Rows.number(row, "epoch") == run.epoch()) {
                tellCancel(run, row);
                boolean paused = row.get("paused_at") != null;
                String rule = run.pauseRule();
                if (!paused) {
                    run.listener().resumed();
                }
                if (run.pause(paused)) {
                    String who = Rows.text(row, paused ? "paused_by" : "resumed_by");
                    String text = (paused ? "Paused by " : "Resumed by ") + who;
                    run.say(who == null && rule != null ? rule : text);
                }
            }
        }
        List<Notice> notices = new ArrayList<>();
        for (TaskRun run : runs.values()) {
            for (Notice notice = run.nextNotice(); notice != null; notice = run.nextNotice()) {
                notices.add(notice);
            }
        }
        return notices;
    }

    /** The tasks that a rule of their own pauses, and whose rows do not say so yet. */
    public List<String> pausedByRule() {
        return runs.values().stream()
                .filter(run -> run.stored() && run.pauseRule() != null)
                .map(TaskRun::taskId)
                .toList();
    }

    /** Rows of {@code hand-over}: the tasks whose leases were given up are not held any more. */
    public void handedOver(List<Map<String, Object>> rows) {
        for (Map<String, Object> row : rows) {
            TaskRun run = runs.remove(Rows.text(row, "task_id"));
            if (run != null) {
                run.listener().handedOver();
            }
        }
    }

    private static void tellCancel(TaskRun run, Map<String, Object> row) {
        Instant at = Rows.instant(row, "cancel_requested_at");
        if (at != null) {
            run.listener().cancelRequested(at);
        }
    }

    static String json(Collection<TaskRun> runs) {
        StringWriter text = new StringWriter();
        try (JsonGenerator out = new JsonFactory().createGenerator(text)) {
            out.writeStartArray();
            for (TaskRun run : runs) {
                out.writeStartObject();
                out.writeStringField("task_id", run.taskId());
                out.writeNumberField("epoch", run.epoch());
                out.writeBooleanField("paused", run.pausedInRow());
                out.writeEndObject();
            }
            out.writeEndArray();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to a string", e);
        }
        return text.toString();
    }

    /**
     * One statement over held tasks.
     *
     * @param runs the tasks
     * @param sentAt reading of the monotonic clock before it is sent
     * @param parameters the statement's: tasks, lease_ms
     */
    public record Renewal(List<TaskRun> runs, long sentAt, Map<String, Object> parameters) {}
}
