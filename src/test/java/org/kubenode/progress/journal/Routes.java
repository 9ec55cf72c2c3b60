package org.kubenode.progress.journal;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.Resource;
import org.apache.camel.support.PluginHelper;
import org.kubenode.progress.config.StepErrors;
import org.kubenode.progress.store.NewTask;
import org.kubenode.progress.store.StoreFixture;
import org.kubenode.progress.wire.Notification;
import org.kubenode.progress.wire.NotificationTrace;
import org.kubenode.progress.wire.WireCodec;
import org.springframework.jdbc.core.JdbcTemplate;

/** The journal with its real routes on a real store, and nothing else of the application. */
final class Routes implements AutoCloseable {

    static final Duration LEASE = Duration.ofSeconds(10);

    final StoreFixture store;
    final Journal journal;
    final HeldTasks heldTasks;
    final AcceptedTasks acceptedTasks;
    final DefaultCamelContext camel;
    final ProducerTemplate template;
    final List<String> notified = new CopyOnWriteArrayList<>();
    final List<Notification> provisional = new CopyOnWriteArrayList<>();

    Routes(StoreFixture store, String transport) {
        this(store, transport, 10_000);
    }

    Routes(StoreFixture store, String transport, int capacity) {
        this(store, transport, capacity, Clock.systemUTC());
    }

    Routes(StoreFixture store, String transport, int capacity, Clock clock) {
        this.store = store;
        boolean inStatement = transport.equals("postgres");
        this.heldTasks = new HeldTasks(LEASE, System::nanoTime);
        this.journal =
                new Journal(
                        new JournalSettings(
                                capacity,
                                1_000,
                                512 * 1024,
                                16,
                                LEASE,
                                inStatement,
                                !inStatement && !transport.equals("polling")),
                        new WireCodec(),
                        store.database(),
                        heldTasks,
                        clock,
                        System::nanoTime,
                        NotificationTrace.NONE);
        this.acceptedTasks = new AcceptedTasks(100, journal);
        this.camel = new DefaultCamelContext();
        camel.getCamelContextExtension().addInterceptStrategy(new StepErrors());
        Properties properties = new Properties();
        properties.put("progress.store", store.folder());
        properties.put("progress.transport", transport);
        properties.put("progress.timing.database-check", "200");
        properties.put("progress.timing.journal-retry", "100");
        properties.put("progress.timing.cancel", "500");
        camel.getPropertiesComponent().setInitialProperties(properties);
        camel.getRegistry().bind("dataSource", store.dataSource());
        camel.getRegistry().bind("journal", journal);
        camel.getRegistry().bind("heldTasks", heldTasks);
        camel.getRegistry().bind("batches", new Batch());
        camel.getRegistry().bind("acceptedTasks", acceptedTasks);
        camel.getRegistry().bind("database", store.database());
        camel.getRegistry().bind("migrations", store.migrations());
        camel.getShutdownStrategy().setTimeout(2);
        try {
            camel.addRoutes(
                    new RouteBuilder() {
                        @Override
                        public void configure() {
                            from("direct:notify")
                                    .process(
                                            e ->
                                                    notified.add(
                                                            e.getMessage().getBody(String.class)));
                            from("direct:deliver-progress")
                                    .process(
                                            e ->
                                                    provisional.add(
                                                            e.getMessage()
                                                                    .getBody(Notification.class)));
                        }
                    });
            for (String file :
                    List.of(
                            "05-watch-database",
                            "30-record-progress",
                            "30-write-progress",
                            "30-write-group",
                            "30-notify-committed",
                            "30-show-provisional",
                            "31-store-task",
                            "23-hold-leases",
                            "23-tell-wishes",
                            "24-hand-over-tasks")) {
                Path path = Path.of("routes", file + ".camel.yaml");
                if (path.toFile().exists()) {
                    Resource resource =
                            PluginHelper.getResourceLoader(camel).resolveResource("file:" + path);
                    PluginHelper.getRoutesLoader(camel).loadRoutes(resource);
                }
            }
            camel.start();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        this.template = camel.createProducerTemplate();
    }

    /** In the place of a batch, which knows the nodes it tries. */
    public static final class Batch {
        public NodeResult interim(String text, NodeResult target) {
            return NodeResult.interim(target.run(), target.node(), text);
        }
    }

    /** Stores a running task and takes it. */
    TaskRun start(String taskId, String userId, int nodes) {
        long sentAt = System.nanoTime();
        create(task(taskId, userId, nodes).running("test", LEASE.toMillis()));
        TaskRun run = run(taskId, userId, nodes, 1, sentAt);
        heldTasks.add(run);
        return run;
    }

    static TaskRun run(String taskId, String userId, int nodes, long epoch, long sentAt) {
        return new TaskRun(
                taskId,
                userId,
                "cordon",
                "test",
                epoch,
                nodes,
                0,
                0,
                0,
                Map.of(),
                new LeaseClock(LEASE, System::nanoTime, sentAt),
                true);
    }

    static NewTask task(String taskId, String userId, int nodes) {
        List<String> names = new java.util.ArrayList<>();
        for (int i = 1; i <= nodes; i++) {
            names.add("node-" + i);
        }
        return new NewTask(
                taskId,
                userId,
                null,
                "cordon",
                "test",
                names,
                Map.of(),
                10,
                "hash",
                null,
                null,
                Instant.now().truncatedTo(ChronoUnit.MILLIS),
                null,
                null,
                false);
    }

    @SuppressWarnings("unchecked")
    List<Map<String, Object>> create(Map<String, Object> row) {
        return (List<Map<String, Object>>)
                template.requestBody("direct:store-task", row, List.class);
    }

    /** Runs a step of SQL with exchange properties. */
    List<Map<String, Object>> sql(String step, int parameters, Map<String, Object> properties) {
        return sql("sql", step, parameters, properties);
    }

    /** The same with the statements of another folder of the class path. */
    @SuppressWarnings("unchecked")
    List<Map<String, Object>> sql(
            String folder, String step, int parameters, Map<String, Object> properties) {
        Exchange exchange =
                template.request(
                        "sql:classpath:"
                                + folder
                                + "/"
                                + store.folder()
                                + "/"
                                + step
                                + ".sql?parametersCount="
                                + parameters,
                        e -> {
                            properties.forEach(e::setProperty);
                            e.getMessage().setBody(properties);
                        });
        if (exchange.getException() != null) {
            throw new IllegalStateException(exchange.getException());
        }
        return exchange.getMessage().getBody(List.class);
    }

    /** What a query without parameters gives. */
    List<Map<String, Object>> query(String sql) {
        return new JdbcTemplate(store.dataSource()).queryForList(sql);
    }

    void record(Result result) {
        template.sendBody("direct:record-progress", result);
    }

    @Override
    public void close() {
        camel.stop();
        store.close();
    }
}
