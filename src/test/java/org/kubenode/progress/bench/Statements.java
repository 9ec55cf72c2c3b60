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
import org.apache.camel.spi.CamelEvent;
import org.apache.camel.support.EventNotifierSupport;

/** Hears of each write just before its statement is sent. Nothing is read of it until asked. */
final class Statements extends EventNotifierSupport {

    private final Queue<Write> writes = new ConcurrentLinkedQueue<>();

    private record Write(long nanos, Object tasks) {}

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
        setIgnoreExchangeSentEvents(true);
    }

    static Statements of(CamelContext camel) {
        Statements statements = new Statements();
        statements.setCamelContext(camel);
        statements.start();
        camel.getManagementStrategy().addEventNotifier(statements);
        camel.getCamelContextExtension().setEventNotificationApplicable(true);
        return statements;
    }

    @Override
    public void notify(CamelEvent event) {
        if (event instanceof CamelEvent.ExchangeSendingEvent sending
                && sending.getEndpoint().getEndpointUri().contains("write-progress.sql")) {
            long nanos = System.nanoTime();
            Map<?, ?> body = sending.getExchange().getMessage().getBody(Map.class);
            writes.add(new Write(nanos, body.get("tasks")));
        }
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
                        sent.put(seq, write.nanos);
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
