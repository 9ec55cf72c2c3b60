package org.kubenode.progress.pgevent;

import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.support.DefaultConsumer;
import org.kubenode.progress.subscription.Subscription;

/** Brings each notification through the route, one after another. */
class PgEventConsumer extends DefaultConsumer {

    private final PgEventEndpoint endpoint;
    private Subscription<String> subscription;

    PgEventConsumer(PgEventEndpoint endpoint, Processor processor) {
        super(endpoint, processor);
        this.endpoint = endpoint;
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        subscription = endpoint.newSubscription(this::process);
        subscription.start();
    }

    @Override
    protected void doStop() throws Exception {
        if (subscription != null) {
            subscription.stop();
            subscription = null;
        }
        super.doStop();
    }

    private void process(String payload) {
        Exchange exchange = createExchange(false);
        try {
            exchange.getIn().setHeader(PgEventEndpoint.HEADER_CHANNEL, endpoint.getChannel());
            exchange.getIn().setBody(payload);
            getProcessor().process(exchange);
        } catch (Throwable e) {
            // Whatever it is, a listener that fell silent would be worse.
            exchange.setException(e);
        }
        if (exchange.getException() != null) {
            getExceptionHandler()
                    .handleException(
                            "Cannot process a notification", exchange, exchange.getException());
        }
        releaseExchange(exchange, false);
    }
}
