package org.kubenode.progress.websocket;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.FutureCallback;
import org.eclipse.jetty.websocket.core.Configuration;
import org.eclipse.jetty.websocket.core.FrameHandler;
import org.eclipse.jetty.websocket.core.WebSocketComponents;
import org.eclipse.jetty.websocket.core.server.ServerUpgradeRequest;
import org.eclipse.jetty.websocket.core.server.ServerUpgradeResponse;
import org.eclipse.jetty.websocket.core.server.WebSocketMappings;
import org.eclipse.jetty.websocket.core.server.WebSocketNegotiator;
import org.eclipse.jetty.websocket.core.server.WebSocketServerComponents;

/**
 * Turns a request into a {@link JettySocket}. Not by way of {@code jakarta.websocket}: that layer
 * keeps, for as long as the socket lives, the whole request with its connection, attributes and
 * observations, and some forty encoders and decoders, which is more heap than all the rest. No
 * extension is negotiated: a compressor would cost each socket more heap than everything else.
 *
 * @param subprotocol to answer when the client offers it, or null
 */
record JettyUpgrade(JettySocket socket, String subprotocol) implements WebSocketNegotiator {

    /**
     * What small frames gather in before a write; lent by Jetty's pool while something is written.
     */
    private static final int OUTPUT_BUFFER = 16 * 1024;

    /**
     * What the kernel takes before it says that the peer is slow, in bytes (Linux doubles it, for
     * its own). Left to itself it takes megabytes, and a slow client's frames grow old there
     * instead of in its queue, where newer ones take their place.
     */
    private static final int KERNEL_BUFFER = 16 * 1024;

    /**
     * Answers the handshake.
     *
     * @param request a WebSocket handshake as RFC 6455 section 4.2.1 asks for it
     */
    void answer(HttpServletRequest request) throws IOException {
        ServletContextRequest jetty = ServletContextRequest.getServletContextRequest(request);
        ServletContextHandler context =
                ServletContextHandler.getServletContextHandler(request.getServletContext());
        EndPoint endPoint = jetty.getConnectionMetaData().getConnection().getEndPoint();
        if (endPoint.getTransport() instanceof SocketChannel channel) {
            channel.setOption(StandardSocketOptions.SO_SNDBUF, KERNEL_BUFFER);
        }
        WebSocketComponents components =
                WebSocketServerComponents.ensureWebSocketComponents(context.getServer(), context);
        FutureCallback written = new FutureCallback();
        boolean upgraded =
                WebSocketMappings.ensureMappings(context)
                        .getHandshaker()
                        .upgradeRequest(
                                this,
                                jetty,
                                jetty.getServletContextResponse(),
                                written,
                                components,
                                null);
        if (!upgraded) {
            throw new IOException("Not a WebSocket handshake");
        }
        try {
            written.get();
        } catch (ExecutionException e) {
            throw new IOException("The handshake could not be answered", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted in a handshake", e);
        }
    }

    @Override
    public FrameHandler negotiate(
            ServerUpgradeRequest request, ServerUpgradeResponse response, Callback callback) {
        response.setExtensions(List.of());
        if (subprotocol != null && request.hasSubProtocol(subprotocol)) {
            response.setAcceptedSubProtocol(subprotocol);
        }
        return socket;
    }

    /** Dead and idle peers are the keeper's, which has one timer for all. */
    @Override
    public void customize(Configuration configurable) {
        configurable.setIdleTimeout(Duration.ZERO);
        configurable.setOutputBufferSize(OUTPUT_BUFFER);
    }
}
