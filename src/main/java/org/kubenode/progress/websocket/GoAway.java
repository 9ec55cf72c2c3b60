package org.kubenode.progress.websocket;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/** Tells every peer that the server stops, before the web server cuts them off. */
final class GoAway implements SmartLifecycle {

    private static final Logger LOG = LoggerFactory.getLogger(GoAway.class);

    private final SocketPaths paths;
    private volatile boolean running;

    GoAway(SocketPaths paths) {
        this.paths = paths;
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        try {
            paths.shutDown();
        } catch (InterruptedException e) {
            LOG.debug("Interrupted while sockets were closing");
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /**
     * After the batches were handed over, whose last steps are still shown, and before the web
     * server.
     */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE - 1;
    }
}
