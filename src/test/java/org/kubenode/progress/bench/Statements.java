package org.kubenode.progress.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.spi.CamelEvent;
import org.apache.camel.support.EventNotifierSupport;

/** Hears of each write just before its statement is sent, and when it came back. */
final class Statements extends EventNotifierSupport {

    private final Queue<Write> writes = new ConcurrentLinkedQueue<>();

    private static final class Write {
        final long sent;
        final Object tasks;
        volatile long returned;

        Write(long sent, Object tasks) {
            this.sent = sent;
            this.tasks = tasks;
        }
    }

    private Statements() {
        setIgnoreCamelContextEvents(true);
        setIgnoreCamelContextInitEvents(true);
        setIgnoreRouteEvents(true);
        setIgnoreServiceEvents(true);
        setIgnoreStepEvents(true);
        setIgnoreExchangeCreatedEvent(true);
        setIgnoreExchangeCompletedEvent(true);
        setIgnoreExchangeFailedEvents(true);
        setIgnoreExchangeRedeliveryEvents(true);
    }

    static Statements of(List<CamelContext> replicas) {
        Statements statements = new Statements();
        for (CamelContext camel : replicas) {
            statements.setCamelContext(camel);
            statements.start();
            camel.getManagementStrategy().addEventNotifier(statements);
            camel.getCamelContextExtension().setEventNotificationApplicable(true);
        }
        return statements;
    }

    @Override
    public void notify(CamelEvent event) {
        if (event instanceof CamelEvent.ExchangeSendingEvent sending
                && isWrite(sending.getEndpoint())) {
            long nanos = System.nanoTime();
            Map<?, ?> body = sending.getExchange().getMessage().getBody(Map.class);
            Write write = new Write(nanos, body.get("tasks"));
            sending.getExchange().setProperty("bench-write", write);
            writes.add(write);
        } else if (event instanceof CamelEvent.ExchangeSentEvent sent
                && isWrite(sent.getEndpoint())) {
            sent.getExchange().getProperty("bench-write", Write.class).returned = System.nanoTime();
        }
    }

    private static boolean isWrite(Endpoint endpoint) {
        return endpoint.getEndpointUri().contains("write-progress.sql");
    }

    @Override
    public boolean isDisabled() {
        return false;
    }

    /** When each seq of a task was last handed to the database, by {@link System#nanoTime}. */
    Map<Long, Long> sent(String taskId) {
        Map<Long, Long> sent = new HashMap<>();
        for (Write write : writes) {
            for (JsonNode task : tasks(write)) {
                if (task.path("task_id").asText().equals(taskId)) {
                    long last = task.path("last_seq").asLong();
                    for (long seq = task.path("first_seq").asLong(); seq <= last; seq++) {
                        sent.put(seq, write.sent);
                    }
                }
            }
        }
        return sent;
    }

    /** The number of messages of each write of a task. */
    List<Integer> sizes(String taskId) {
        List<Integer> sizes = new ArrayList<>();
        for (Write write : writes) {
            for (JsonNode task : tasks(write)) {
                if (task.path("task_id").asText().equals(taskId)) {
                    sizes.add(task.path("messages").size());
                }
            }
        }
        return sizes;
    }

    /** How long each write took, in nanoseconds. */
    List<Long> durations() {
        List<Long> durations = new ArrayList<>();
        for (Write write : writes) {
            if (write.returned != 0) {
                durations.add(write.returned - write.sent);
            }
        }
        return durations;
    }

    void clear() {
        writes.clear();
    }

    private static JsonNode tasks(Write write) {
        try {
            return new ObjectMapper().readTree(write.tasks.toString());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
