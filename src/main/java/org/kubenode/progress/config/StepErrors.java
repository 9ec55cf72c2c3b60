package org.kubenode.progress.config;

import org.apache.camel.AsyncCallback;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelExecutionException;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.Processor;
import org.apache.camel.spi.InterceptStrategy;
import org.apache.camel.support.processor.DelegateAsyncProcessor;

/**
 * Whatever a step of a route throws is an exception of its exchange, so that {@code doCatch} and
 * {@code onException} hear of it.
 *
 * <p>By itself Camel lets an {@link Error} through to the thread that works: the consumer of a
 * queue ends for ever, and no {@code doTry} around the step comes to its end. After an {@link
 * InterruptedException} it ends the exchange at once, past every {@code doCatch}.
 */
public final class StepErrors implements InterceptStrategy {

    @Override
    public Processor wrapProcessorInInterceptors(
            CamelContext camel, NamedNode step, Processor target, Processor next) {
        return new DelegateAsyncProcessor(target) {
            @Override
            public boolean process(Exchange exchange, AsyncCallback callback) {
                End end = new End(exchange, callback);
                boolean sync = true;
                try {
                    sync = super.process(exchange, end);
                } catch (Error e) {
                    exchange.setException(e);
                    end.done(true);
                }
                end.leave();
                return sync;
            }
        };
    }

    /**
     * The end of a step. One that comes before its call returns waits for that: of an Error on its
     * way out Camel says that all went well, and then lets it through.
     */
    private static final class End implements AsyncCallback {

        private final Exchange exchange;
        private final AsyncCallback next;
        private Thread within = Thread.currentThread();
        private boolean ended;
        private boolean endedSync;

        private End(Exchange exchange, AsyncCallback next) {
            this.exchange = exchange;
            this.next = next;
        }

        @Override
        public void done(boolean sync) {
            if (within == Thread.currentThread()) {
                ended = true;
                endedSync = sync;
            } else {
                goOn(sync);
            }
        }

        private void leave() {
            within = null;
            if (ended) {
                goOn(endedSync);
            }
        }

        private void goOn(boolean sync) {
            // Camel's own wrapping names the exchange alone, and would be the error of a node.
            if (exchange.getException() instanceof CamelExecutionException wrapped
                    && wrapped.getCause() instanceof Error error) {
                exchange.setException(new IllegalStateException(error.toString(), error));
            }
            if (exchange.getExchangeExtension().isInterrupted()) {
                exchange.getExchangeExtension().setInterrupted(false);
            }
            next.done(sync);
        }
    }
}
