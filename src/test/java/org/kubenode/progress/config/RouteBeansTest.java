package org.kubenode.progress.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.CamelContext;
import org.apache.camel.api.management.ManagedCamelContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.testing.ReplicaContext;

/** What the routes of a whole replica find when they name a component, a bean or a method. */
class RouteBeansTest {

    private static final Pattern CALL =
            Pattern.compile("bean:(\\w+)\\?method=(\\w+)|ref: (\\w+)\\s+method: [\"']?(\\w+)");

    private static ReplicaContext replica;
    private static CamelContext camel;

    @BeforeAll
    static void start() {
        replica = ReplicaContext.start("beans", List.of("--progress.enable_database=false"));
        camel = replica.camel();
    }

    @AfterAll
    static void end() {
        replica.close();
    }

    @Test
    void timersAreMonotonicAndQueuesLast() {
        assertThat(camel.getComponent("timer").getClass().getName())
                .startsWith(RouteThreadsConfiguration.class.getName());
        assertThat(camel.getComponent("seda")).isInstanceOf(LastingSeda.class);
    }

    /** Of several of one name Camel takes the one that the body fits best, whatever was meant. */
    @Test
    void aMethodThatARouteCallsHasOneForm() throws IOException {
        List<String> called = new ArrayList<>();
        List<String> wrong = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of("routes"))) {
            for (Path file : files) {
                Matcher call = CALL.matcher(Files.readString(file));
                while (call.find()) {
                    boolean simple = call.group(1) != null;
                    String bean = call.group(simple ? 1 : 3);
                    String method = call.group(simple ? 2 : 4);
                    Object found = camel.getRegistry().lookupByName(bean);
                    if (found == null) {
                        // Of another transport.
                        continue;
                    }
                    called.add(bean);
                    long forms =
                            Arrays.stream(found.getClass().getMethods())
                                    .filter(m -> m.getName().equals(method) && !m.isBridge())
                                    .count();
                    if (forms != 1) {
                        wrong.add(bean + "." + method + " has " + forms + " forms");
                    }
                }
            }
        }
        assertThat(called).hasSizeGreaterThan(50);
        assertThat(wrong).isEmpty();
    }

    /** Else they call each other for ever, and take the processor of an idle replica. */
    @Test
    void readersRestWhileNoReadWaits() {
        replica.send("direct:call-reader", null, Map.of());
        await().during(Duration.ofMillis(200))
                .atMost(Duration.ofSeconds(10))
                .until(() -> exchanges("fill-from-rows") == 0);
    }

    private static long exchanges(String route) throws Exception {
        return camel.getCamelContextExtension()
                .getContextPlugin(ManagedCamelContext.class)
                .getManagedRoute(route)
                .getExchangesTotal();
    }
}
