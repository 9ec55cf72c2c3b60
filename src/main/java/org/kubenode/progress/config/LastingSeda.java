package org.kubenode.progress.config;

import org.apache.camel.AsyncCallback;
import org.apache.camel.Component;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.component.seda.BlockingQueueFactory;
import org.apache.camel.component.seda.SedaComponent;
import org.apache.camel.component.seda.SedaConsumer;
import org.apache.camel.component.seda.SedaEndpoint;

/**
 * Camel's component {@code seda}, whose consumers outlive an {@link Error} thrown between the steps
 * of their route, by Camel itself: of those of a step {@link StepErrors} knows.
 */
public final class LastingSeda extends SedaComponent {

    @Override
    protected SedaEndpoint createEndpoint(
            String uri, Component component, BlockingQueueFactory<Exchange> queues, int consumers) {
        return new SedaEndpoint(uri, component, queues, consumers) {
            @Override
            protected SedaConsumer createNewConsumer(Processor route) {
                return new Consumer(this, route);
            }
        };
    }

    private static final class Consumer extends SedaConsumer {

        private Consumer(SedaEndpoint endpoint, Processor route) {
            super(endpoint, route);
        }

        @Override
        protected void sendToConsumers(Exchange exchange, AsyncCallback callback) throws Exception {
            try {
                super.sendToConsumers(exchange, callback);
            } catch (Error e) {
                throw new IllegalStateException(e.toString(), e);
            }
        }
    }
}
