package org.kubenode.progress.deliver;

import static org.awaitility.Awaitility.await;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import java.sql.SQLException;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.apache.camel.Processor;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.PluginHelper;
import org.junit.jupiter.api.Test;

/** The route file as packaged, over a database that does not answer (a mock: it has to fail). */
class ReadAgainTest {

    @Test
    void aReadIsRepeatedHoweverSoonTheOneBeforeFails() throws Exception {
        AtomicInteger reads = new AtomicInteger();
        LocalTasks nothingRunsHere = mock(LocalTasks.class);
        when(nothingRunsHere.task("t1")).thenReturn(null);
        DataSource away = mock(DataSource.class);
        when(away.getConnection())
                .thenAnswer(
                        any -> {
                            reads.incrementAndGet();
                            throw new SQLException("the database is away");
                        });
        try (DefaultCamelContext camel = new DefaultCamelContext()) {
            Properties properties = new Properties();
            properties.put("progress.store", "postgres");
            properties.put("progress.delivery.readers", "2");
            properties.put("progress.delivery.retry-delay", "10");
            // A read is always under way.
            camel.getShutdownStrategy().setTimeout(1);
            camel.getPropertiesComponent().setInitialProperties(properties);
            camel.getRegistry().bind("dataSource", away);
            camel.getRegistry().bind("taskReader", new TaskReader(null, nothingRunsHere, null));
            // The step that repeats a read is through when the repetition has failed.
            camel.getCamelContextExtension()
                    .addInterceptStrategy(
                            (context, definition, step, next) ->
                                    "to-read-again".equals(definition.getId())
                                            ? outrun(step, reads)
                                            : step);
            for (String file : List.of("00-errors", "51-fill-from-rows")) {
                PluginHelper.getRoutesLoader(camel)
                        .loadRoutes(
                                PluginHelper.getResourceLoader(camel)
                                        .resolveResource("file:routes/" + file + ".camel.yaml"));
            }
            camel.removeRouteDefinition(camel.getRouteDefinition("rewind-lost"));
            camel.start();
            camel.createProducerTemplate()
                    .sendBody(
                            "seda:fill-from-rows?waitForTaskToComplete=Never",
                            new Step.Read("t1", 0, 100, false, null));
            await().until(() -> reads.get() >= 5);
        }
    }

    private static Processor outrun(Processor step, AtomicInteger reads) {
        return exchange -> {
            int before = reads.get();
            step.process(exchange);
            await().until(() -> reads.get() > before);
            // Its error handler comes after the statement.
            Thread.sleep(100);
        };
    }
}
