package org.kubenode.progress.websocket;

import java.time.Clock;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.camel.Endpoint;
import org.apache.camel.spi.ThreadPoolProfile;
import org.apache.camel.spi.annotations.Component;
import org.apache.camel.support.DefaultComponent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code websocket-jsr356:/path} serves WebSockets (and event streams) on this web server.
 * docs/websocket-component.md lists the options.
 */
@Component(WebSocketConstants.SCHEME)
public class WebSocketComponent extends DefaultComponent {

    private static final Logger LOG = LoggerFactory.getLogger(WebSocketComponent.class);

    /** How exact timeouts, pings and expiry are, milliseconds. */
    private static final long KEEP_INTERVAL = 250;

    private final SocketPaths paths;
    private volatile ExecutorService workers;
    private ScheduledExecutorService keeper;

    public WebSocketComponent() {
        this(System::nanoTime, Clock.systemUTC());
    }

    WebSocketComponent(LongSupplier nanos, Clock clock) {
        paths = new SocketPaths(this::work, nanos, clock);
    }

    /** What the web server's filter needs. */
    public SocketPaths paths() {
        return paths;
    }

    /** The sessions of a path; also before it is served. */
    public SocketSessions sessions(String path) {
        return paths.sessions(path);
    }

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters)
            throws Exception {
        WebSocketEndpoint endpoint = new WebSocketEndpoint(uri, this, remaining);
        setProperties(endpoint.getOptions(), parameters);
        setProperties(endpoint, parameters);
        endpoint.getOptions().validate();
        return endpoint;
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        ThreadPoolProfile profile = new ThreadPoolProfile("websocket");
        int threads = Math.max(2, Runtime.getRuntime().availableProcessors());
        profile.setPoolSize(threads);
        profile.setMaxPoolSize(threads);
        profile.setMaxQueueSize(-1);
        workers =
                getCamelContext()
                        .getExecutorServiceManager()
                        .newThreadPool(this, "websocket-worker", profile);
        keeper =
                getCamelContext()
                        .getExecutorServiceManager()
                        .newSingleThreadScheduledExecutor(this, "websocket-keeper");
        keeper.scheduleWithFixedDelay(
                this::keep, KEEP_INTERVAL, KEEP_INTERVAL, TimeUnit.MILLISECONDS);
    }

    private void keep() {
        for (SocketSessions sessions : paths.all()) {
            try {
                sessions.keep();
            } catch (Throwable e) {
                // A task that throws is not run again.
                LOG.warn("Could not look after the sessions of {}", sessions.path(), e);
            }
        }
    }

    private void work(Runnable task) {
        ExecutorService current = workers;
        if (current == null) {
            throw new RejectedExecutionException("not started");
        }
        current.execute(task);
    }

    @Override
    protected void doStop() throws Exception {
        // Each is there only once this has started.
        if (keeper != null) {
            getCamelContext().getExecutorServiceManager().shutdownNow(keeper);
        }
        if (workers != null) {
            getCamelContext().getExecutorServiceManager().shutdown(workers);
        }
        super.doStop();
    }
}
