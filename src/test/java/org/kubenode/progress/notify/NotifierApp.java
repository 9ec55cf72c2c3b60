package org.kubenode.progress.notify;

import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.camel.CamelContext;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.builder.RouteBuilder;
import org.kubenode.progress.wire.FrameType;
import org.kubenode.progress.wire.Notification;
import org.kubenode.progress.wire.UnreadableNotificationException;
import org.kubenode.progress.wire.WireCodec;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.event.ApplicationPreparedEvent;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;

/**
 * One replica cut down to its notifier: the real routes 40 to 44 and their beans, on real servers.
 * Only what receives is a stand-in: it keeps the payloads, and the references of the poll.
 */
final class NotifierApp implements AutoCloseable {

    static final WireCodec CODEC = new WireCodec();

    /** What the start of every replica here has in common. */
    private static final List<String> COMMON =
            List.of(
                    "--spring.config.location=classpath:/application.yaml",
                    "--logging.file.name=",
                    // One name for all, and replicas of other tests may still stand under it.
                    "--camel.main.jmx-enabled=false",
                    "--camel.main.routes-include-pattern=file:routes/4*.yaml",
                    // The indicators of the packages that are left out here.
                    "--management.endpoint.health.validate-group-membership=false",
                    "--jwt.secret=0123456789abcdef0123456789abcdef",
                    "--clusters[0].name=test",
                    "--clusters[0].type=simulated");

    final ConfigurableApplicationContext spring;
    final CamelContext camel;
    final Circuit circuit;
    final Edge edge;
    private final ListAppender<ILoggingEvent> log;
    private final ListAppender<ILoggingEvent> everything;
    private final ProducerTemplate producer;

    private NotifierApp(List<String> settings) {
        List<String> arguments = new ArrayList<>(COMMON);
        for (String setting : settings) {
            String key = "--" + setting.substring(0, setting.indexOf('=') + 1);
            arguments.removeIf(argument -> argument.startsWith(key));
            arguments.add("--" + setting);
        }
        log = new ListAppender<>();
        log.list = new CopyOnWriteArrayList<>();
        log.start();
        everything = new ListAppender<>();
        everything.list = new CopyOnWriteArrayList<>();
        everything.start();
        SpringApplication application = new SpringApplication(App.class);
        application.setWebApplicationType(WebApplicationType.NONE);
        application.addListeners(
                (ApplicationListener<ApplicationPreparedEvent>)
                        prepared -> {
                            logger().setLevel(Level.DEBUG);
                            logger().addAppender(log);
                            root().addAppender(everything);
                        });
        spring = application.run(arguments.toArray(String[]::new));
        camel = spring.getBean(CamelContext.class);
        circuit = spring.getBean(Circuit.class);
        edge = spring.getBean(Edge.class);
        producer = camel.createProducerTemplate();
    }

    /** Settings are {@code key=value}, as on the command line. */
    static NotifierApp start(String... settings) {
        return new NotifierApp(Arrays.asList(settings));
    }

    private static Logger logger() {
        return (Logger) LoggerFactory.getLogger("org.kubenode.progress");
    }

    private static Logger root() {
        return (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
    }

    /** Warnings and errors of all that is not ours: nobody can make use of them. */
    List<String> noise() {
        return everything.list.stream()
                .filter(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
                .filter(event -> !event.getLoggerName().startsWith("org.kubenode.progress"))
                .map(event -> event.getLoggerName() + ": " + event.getFormattedMessage())
                .toList();
    }

    /** Lines at INFO and above since a time, whoever wrote them. */
    List<String> linesSince(Instant start) {
        return everything.list.stream()
                .filter(event -> event.getLevel().isGreaterOrEqual(Level.INFO))
                .filter(event -> !event.getInstant().isBefore(start))
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    NotifierApp awaitState(NotifierState state) {
        return awaitState(state, Duration.ofSeconds(15));
    }

    NotifierApp awaitState(NotifierState state, Duration atMost) {
        await().atMost(atMost)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> circuit.state() == state);
        return this;
    }

    /** Hands a notification to the transport, as the journal does after a commit. */
    void publish(String userId, String payload) {
        producer.send(
                "direct:notify",
                exchange -> {
                    exchange.setProperty("user_id", userId);
                    exchange.getMessage().setBody(payload);
                });
    }

    static String reference(String taskId, String userId, long seq) {
        return CODEC.encode(Notification.reference(taskId, userId, 1, seq, FrameType.PROGRESS));
    }

    /** Lines of that level and text, so far. */
    List<String> logged(Level level, String text) {
        return lines(
                event -> event.getLevel() == level && event.getFormattedMessage().contains(text));
    }

    private List<String> lines(Function<ILoggingEvent, Boolean> wanted) {
        return log.list.stream()
                .filter(wanted::apply)
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    @Override
    public void close() {
        spring.close();
        logger().detachAppender(log);
        root().detachAppender(everything);
    }

    /** What stands in for the delivery to sockets. */
    static final class Edge implements ProgressPoll.Listeners {

        final List<String> received = new CopyOnWriteArrayList<>();
        final List<Notification> polled = new CopyOnWriteArrayList<>();
        final Set<String> users = ConcurrentHashMap.newKeySet();
        final ConcurrentHashMap<String, Long> delivered = new ConcurrentHashMap<>();
        volatile boolean all;
        volatile Consumer<String> onReceived = payload -> {};

        @Override
        public Collection<String> connectedUsers() {
            return all ? null : Set.copyOf(users);
        }

        @Override
        public List<Notification> behind(List<Map<String, Object>> rows) {
            List<Notification> behind = new ArrayList<>();
            for (Map<String, Object> row : rows) {
                String taskId = row.get("task_id").toString();
                long seq = ((Number) row.get("last_seq")).longValue();
                if (delivered.getOrDefault(taskId, 0L) < seq) {
                    behind.add(
                            Notification.reference(
                                    taskId,
                                    row.get("user_id").toString(),
                                    ((Number) row.get("epoch")).longValue(),
                                    seq,
                                    FrameType.PROGRESS));
                }
            }
            return behind;
        }

        void receive(Object payload, ProgressPoll poll) {
            String text =
                    payload instanceof byte[] bytes
                            ? new String(bytes, StandardCharsets.UTF_8)
                            : payload.toString();
            received.add(text);
            try {
                poll.heard(CODEC.decode(text));
            } catch (UnreadableNotificationException rubbish) {
                // Counted by the real one.
            }
            onReceived.accept(text);
        }

        void deliver(Notification reference) {
            polled.add(reference);
            delivered.merge(reference.taskId(), reference.seq(), Math::max);
        }

        void awaitReceived(int count) {
            await().atMost(Duration.ofSeconds(20))
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> received.size() >= count);
        }
    }

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @ConfigurationPropertiesScan("org.kubenode.progress.config")
    @ComponentScan(
            basePackages = {
                "org.kubenode.progress.config",
                "org.kubenode.progress.pgevent",
                "org.kubenode.progress.store",
                "org.kubenode.progress.notify"
            })
    static class App {

        @Bean
        Edge edge() {
            return new Edge();
        }

        @Bean
        RouteBuilder standIns(Edge edge, Probes probes, ProgressPoll poll) {
            return new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:receive-notification")
                            .process(
                                    exchange -> {
                                        Object payload = exchange.getMessage().getBody();
                                        if (!probes.received(payload)) {
                                            edge.receive(payload, poll);
                                        }
                                    });
                    from("direct:deliver-progress")
                            .process(
                                    exchange ->
                                            edge.deliver(
                                                    exchange.getMessage()
                                                            .getBody(Notification.class)));
                }
            };
        }
    }
}
