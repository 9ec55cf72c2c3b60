package org.kubenode.progress.websocket;

import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.apache.camel.Suspendable;
import org.apache.camel.support.DefaultConsumer;

/**
 * Turns the events of sessions into exchanges. Suspended it accepts nobody, and keeps whom it has.
 */
public class WebSocketConsumer extends DefaultConsumer implements Suspendable {

    /** How long a stop waits for peers to answer the close, milliseconds. */
    static final long STOP_WAIT = 2_000;

    private final SocketSessions sessions;
    private final SocketHandler handler = new Exchanges();

    WebSocketConsumer(WebSocketEndpoint endpoint, Processor processor) {
        super(endpoint, processor);
        this.sessions = endpoint.sessions();
    }

    @Override
    public WebSocketEndpoint getEndpoint() {
        return (WebSocketEndpoint) super.getEndpoint();
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        WebSocketOptions options = getEndpoint().getOptions();
        getEndpoint().getComponent().paths().serve(sessions, options.getSsePath());
        sessions.serve(handler, options);
    }

    @Override
    protected void doStop() throws Exception {
        getEndpoint().getComponent().paths().stopServing(sessions);
        sessions.closeAll(CloseCodes.SERVICE_RESTART, "service restart");
        sessions.awaitNone(STOP_WAIT);
        sessions.stopServing();
        super.doStop();
    }

    @Override
    protected void doSuspend() {
        getEndpoint().getComponent().paths().stopServing(sessions);
    }

    @Override
    protected void doResume() {
        getEndpoint()
                .getComponent()
                .paths()
                .serve(sessions, getEndpoint().getOptions().getSsePath());
    }

    private final class Exchanges implements SocketHandler {

        @Override
        public void opened(SocketSession session, Runnable done) {
            Exchange exchange = exchange(WebSocketConstants.OPEN, session, null);
            process(exchange, done, () -> session.close(CloseCodes.INTERNAL_ERROR, "cannot open"));
        }

        @Override
        public void message(SocketSession session, String text, Runnable done) {
            process(exchange(WebSocketConstants.MESSAGE, session, text), done, () -> {});
        }

        @Override
        public void closed(SocketSession session, int code, String reason, Runnable done) {
            Exchange exchange = exchange(WebSocketConstants.CLOSE, session, reason);
            exchange.getMessage().setHeader(WebSocketConstants.CLOSE_CODE, code);
            process(exchange, done, () -> {});
        }

        private Exchange exchange(String event, SocketSession session, String body) {
            Exchange exchange = createExchange(false);
            Message message = exchange.getMessage();
            message.setBody(body);
            message.setHeader(WebSocketConstants.EVENT, event);
            message.setHeader(WebSocketConstants.SESSION, session.id());
            if (session.user() != null) {
                message.setHeader(WebSocketConstants.USER, session.user());
            }
            exchange.setProperty(WebSocketConstants.SESSION_PROPERTY, session);
            return exchange;
        }

        private void process(Exchange exchange, Runnable done, Runnable onFailure) {
            getAsyncProcessor()
                    .process(
                            exchange,
                            sync -> {
                                try {
                                    if (exchange.getException() != null) {
                                        onFailure.run();
                                        getExceptionHandler()
                                                .handleException(
                                                        "A WebSocket event failed",
                                                        exchange,
                                                        exchange.getException());
                                    }
                                } finally {
                                    releaseExchange(exchange, false);
                                    done.run();
                                }
                            });
        }
    }
}
