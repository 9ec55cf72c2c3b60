package org.kubenode.progress.deliver;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import javax.sql.DataSource;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.component.mock.MockComponent;
import org.apache.camel.component.mock.MockEndpoint;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.PluginHelper;
import org.kubenode.progress.config.StepErrors;
import org.kubenode.progress.wire.Frame;
import org.kubenode.progress.wire.NodeResults;
import org.kubenode.progress.wire.WireCodec;

/** The routes that deliver and read, as packaged, over any rows; sockets only collect. */
final class DeliveryRoutes implements AutoCloseable {

    private static final JsonMapper JSON = new JsonMapper();

    final Reads reads = new Reads(2);
    final Delivery delivery = new Delivery(new WireCodec(), new Unheard(), reads);
    final DefaultCamelContext camel = new DefaultCamelContext();
    private final ProducerTemplate template = camel.createProducerTemplate();

    DeliveryRoutes(DataSource rows, String store) throws Exception {
        Properties properties = new Properties();
        properties.put("progress.store", store);
        properties.put("progress.transport", "postgres");
        properties.put("progress.delivery.readers", "2");
        properties.put("progress.delivery.retry-delay", "10");
        camel.getShutdownStrategy().setTimeout(1);
        camel.getPropertiesComponent().setInitialProperties(properties);
        camel.getCamelContextExtension().addInterceptStrategy(new StepErrors());
        camel.addComponent("websocket-jsr356", new MockComponent());
        camel.getRegistry().bind("dataSource", rows);
        camel.getRegistry().bind("reads", reads);
        camel.getRegistry().bind("delivery", delivery);
        camel.getRegistry().bind("taskReader", new TaskReader(delivery, new Nothing()));
    }

    DeliveryRoutes start() throws Exception {
        for (String file :
                List.of("00-errors", "50-deliver-progress", "51-fill-from-rows", "51-read-task")) {
            PluginHelper.getRoutesLoader(camel)
                    .loadRoutes(
                            PluginHelper.getResourceLoader(camel)
                                    .resolveResource("file:routes/" + file + ".camel.yaml"));
        }
        camel.start();
        return this;
    }

    Subscriber open(String user) {
        Subscriber subscriber = new Subscriber("socket of " + user, user, false);
        delivery.open(subscriber);
        return subscriber;
    }

    /** Its list of due tasks was read. */
    void listed(Subscriber subscriber, Map<String, Long> since) {
        send("direct:work-on-feeds", delivery.listed(subscriber, since, Instant.now()));
    }

    void send(String uri, Object body) {
        template.sendBody(uri, body);
    }

    /** What went to sockets, in order. */
    List<JsonNode> sent() {
        List<JsonNode> frames = new ArrayList<>();
        camel.getEndpoint("websocket-jsr356:/api/v1/progress/ws", MockEndpoint.class)
                .getReceivedExchanges()
                .forEach(
                        sent ->
                                sent.getMessage()
                                        .getBody(Step.Send.class)
                                        .messages()
                                        .forEach(message -> frames.add(json(message.text()))));
        return frames;
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError(text, e);
        }
    }

    @Override
    public void close() {
        camel.stop();
    }

    /** Nothing runs here. */
    private static final class Nothing implements LocalTasks {
        @Override
        public Frame state(String taskId) {
            return null;
        }

        @Override
        public NodeResults results(String taskId) {
            return NodeResults.NONE;
        }

        @Override
        public Collection<String> running(String userId, boolean all) {
            return List.of();
        }
    }

    private static final class Unheard implements DeliveryListener {
        @Override
        public void delivered(Frame frame, String path) {}

        @Override
        public void duplicatesDropped(int messages) {}

        @Override
        public void gapFilled() {}
    }
}
