package org.kubenode.progress.websocket;

import org.apache.camel.Processor;

/** Turns what another server sends into exchanges, and connects again when it is lost. */
public class WebSocketClientConsumer extends WebSocketConsumer {

    WebSocketClientConsumer(WebSocketEndpoint endpoint, Processor processor) {
        super(endpoint, processor);
    }

    @Override
    void open() {
        getEndpoint().client().use(handler());
    }

    @Override
    void shut() {
        getEndpoint().client().leave();
    }

    @Override
    protected void doSuspend() {
        // The connection stays: what comes meanwhile is still handled.
    }

    @Override
    protected void doResume() {
        // Nothing was suspended.
    }
}
