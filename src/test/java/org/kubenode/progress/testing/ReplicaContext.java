package org.kubenode.progress.testing;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.ProducerTemplate;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.servlet.context.ServletWebServerApplicationContext;

/**
 * One replica, whole, in the JVM of the test, so that a test may speak to its routes and beans.
 * Several may run beside each other. The classes of the tests are no part of it.
 */
public final class ReplicaContext implements AutoCloseable {

    private final ServletWebServerApplicationContext spring;
    private final ProducerTemplate producer;

    private ReplicaContext(ServletWebServerApplicationContext spring) {
        this.spring = spring;
        this.producer = camel().createProducerTemplate();
    }

    /**
     * Starts a replica on a free port.
     *
     * @param options as on the command line, {@code --key=value}
     */
    public static ReplicaContext start(String name, Collection<String> options) {
        List<String> arguments = new ArrayList<>();
        arguments.add("--server.port=0");
        arguments.add("--progress.replica=" + name);
        arguments.add("--spring.jmx.unique-names=true");
        arguments.add("--logging.file.name=");
        arguments.add("--jwt.secret=" + Tokens.SECRET);
        arguments.add("--clusters[0].name=test");
        arguments.add("--clusters[0].type=simulated");
        arguments.add("--clusters[0].nodes=5000");
        arguments.add("--clusters[0].failing_nodes=node-7,node-70");
        arguments.addAll(options);
        SpringApplication application = new SpringApplication(WholeApplication.class);
        return new ReplicaContext(
                (ServletWebServerApplicationContext)
                        application.run(arguments.toArray(String[]::new)));
    }

    public int port() {
        return spring.getWebServer().getPort();
    }

    public ApiClient api(String token) {
        return new ApiClient(port(), token);
    }

    public <T> T bean(Class<T> type) {
        return spring.getBean(type);
    }

    public CamelContext camel() {
        return spring.getBean(CamelContext.class);
    }

    /** Hands something to a route; what goes wrong there is not told. */
    public void send(String uri, Object body, Map<String, Object> properties) {
        producer.send(
                uri,
                exchange -> {
                    properties.forEach(exchange::setProperty);
                    exchange.getMessage().setBody(body);
                });
    }

    /** The state of its notifier's circuit. */
    public String state() {
        return api(Tokens.user(0)).get("/api/v1/progress/status").json().path("state").asText();
    }

    @Override
    public void close() {
        spring.close();
    }
}
