package org.kubenode.progress.pgevent;

import java.time.Duration;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.spi.ExecutorServiceManager;
import org.apache.camel.support.DefaultConsumer;

/**
 * Two threads: one tends the connection, the other brings each notification through the route, one
 * after another. Starting waits for nothing; stopping waits for no server.
 */
class PgEventConsumer extends DefaultConsumer {

    private static final Duration STOP_LIMIT = Duration.ofSeconds(1);

    private final PgEventEndpoint endpoint;
    private Inbox inbox;
    private PgSubscriber subscriber;
    private Thread subscription;

    PgEventConsumer(PgEventEndpoint endpoint, Processor processor) {
        super(endpoint, processor);
        this.endpoint = endpoint;
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        Inbox fresh = new Inbox(endpoint.getQueueSize());
        inbox = fresh;
        subscriber = endpoint.newSubscriber(fresh);
        ExecutorServiceManager threads =
                getEndpoint().getCamelContext().getExecutorServiceManager();
        subscription = threads.newThread("pgevent-subscription", subscriber);
        Thread delivery = threads.newThread("pgevent-delivery", () -> deliver(fresh));
        delivery.start();
        subscription.start();
    }

    @Override
    protected void doStop() throws Exception {
        if (subscription != null) {
            subscriber.stop();
            inbox.close();
            subscription.interrupt();
            // A listener may stop the route from the very thread that would be waited for.
            if (Thread.currentThread() != subscription) {
                subscription.join(STOP_LIMIT.toMillis());
            }
            subscription = null;
        }
        super.doStop();
    }

    private void deliver(Inbox from) {
        try {
            for (String payload = from.take(); payload != null; payload = from.take()) {
                process(payload);
            }
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
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
