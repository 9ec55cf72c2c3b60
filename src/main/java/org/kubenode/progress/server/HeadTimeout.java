package org.kubenode.progress.server;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpChannel;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.internal.HttpChannelState;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Closes a connection whose request's head takes too long in all, or whose peer still sends when it
 * has its last answer. The server's own timeout begins anew with each byte. A connection on which
 * no request has begun is idle, and left to that.
 */
final class HeadTimeout extends HttpConnectionFactory {

    private final Duration limit;
    private final Strangers strangers;

    HeadTimeout(HttpConfiguration configuration, Duration limit, Strangers strangers) {
        super(configuration);
        this.limit = limit;
        this.strangers = strangers;
    }

    @Override
    public Connection newConnection(Connector connector, EndPoint endPoint) {
        HttpConnection connection = new Timed(connector, endPoint);
        connection.setUseInputDirectByteBuffers(isUseInputDirectByteBuffers());
        connection.setUseOutputDirectByteBuffers(isUseOutputDirectByteBuffers());
        return configure(connection, connector, endPoint);
    }

    private final class Timed extends HttpConnection {

        private volatile Scheduler.Task end;
        private long requestsBefore = -1;
        private long bytesBefore;

        Timed(Connector connector, EndPoint endPoint) {
            super(HeadTimeout.this.getHttpConfiguration(), connector, endPoint);
        }

        @Override
        public void onOpen() {
            strangers.came(this);
            super.onOpen();
        }

        /**
         * Called whenever all that has come is parsed and more is needed: of a head, or, after an
         * answer that ends the connection, the peer's own end.
         */
        @Override
        public void fillInterested() {
            long requests = getMessagesIn();
            long bytes = getBytesIn();
            // Line ends before a request are skipped and begin none; they are bytes all the same.
            boolean idle =
                    getParser().isStart() && (requests != requestsBefore || bytes == bytesBefore);
            if (idle) {
                requestsBefore = requests;
                bytesBefore = bytes;
            } else if (end == null) {
                end =
                        getConnector()
                                .getScheduler()
                                .schedule(this::cut, limit.toMillis(), TimeUnit.MILLISECONDS);
            }
            super.fillInterested();
        }

        private void cut() {
            getEndPoint().close(new TimeoutException("The head of a request came too slowly"));
        }

        private void inTime() {
            Scheduler.Task pending = end;
            if (pending != null) {
                end = null;
                pending.cancel();
            }
        }

        /**
         * Bytes of a body may come when its request was answered already; the server would then
         * fail with a stack trace because there is no request to ask.
         */
        @Override
        protected HttpChannel newHttpChannel(Server server, HttpConfiguration configuration) {
            return new HttpChannelState(this) {
                @Override
                public InvocationType getInvocationType() {
                    InvocationType type = super.getInvocationType();
                    return type == null ? InvocationType.BLOCKING : type;
                }
            };
        }

        @Override
        protected RequestHandler newRequestHandler() {
            return new RequestHandler() {
                @Override
                public boolean headerComplete() {
                    inTime();
                    return super.headerComplete();
                }
            };
        }

        @Override
        public void onClose(Throwable cause) {
            inTime();
            strangers.forget(this);
            super.onClose(cause);
        }
    }
}
