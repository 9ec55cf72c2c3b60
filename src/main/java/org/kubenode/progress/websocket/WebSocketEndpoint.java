package org.kubenode.progress.websocket;

import jakarta.websocket.ClientEndpointConfig;
import java.net.URISyntaxException;
import java.util.Map;
import org.apache.camel.Category;
import org.apache.camel.Consumer;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.UriEndpoint;
import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriPath;
import org.apache.camel.support.DefaultEndpoint;
import org.apache.camel.util.URISupport;

/** Serve WebSockets and event streams, or connect to a WebSocket server. */
@UriEndpoint(
        firstVersion = "1.0.0",
        scheme = WebSocketConstants.SCHEME,
        title = "WebSocket",
        syntax = "websocket-jsr356:path",
        category = {Category.HTTP})
public class WebSocketEndpoint extends DefaultEndpoint {

    private static final int CLIENT_TEXT_BYTES = 1024 * 1024;
    private static final int CLIENT_RATE = 1_000_000;

    @UriPath(description = "A path of this web server, or the ws:// or wss:// URI of another.")
    @Metadata(required = true)
    private final String path;

    @UriParam private final WebSocketOptions options = new WebSocketOptions();

    @UriParam(
            label = "producer",
            defaultValue = "false",
            description = "Send to every session when no header says to whom.")
    private boolean sendToAll;

    @UriParam(
            label = "client",
            defaultValue = "1s",
            javaType = "java.time.Duration",
            description = "How long after a lost or failed connection the next attempt is made.")
    private long reconnectDelay = 1_000;

    @UriParam(
            label = "client",
            defaultValue = "5s",
            javaType = "java.time.Duration",
            description = "How long a message may wait for the connection before it fails.")
    private long connectWait = 5_000;

    @UriParam(label = "client", description = "Subprotocols to offer, separated by commas.")
    private String subprotocols;

    @UriParam(
            label = "client",
            description = "A bean that sets the handshake's headers, such as Authorization.")
    private ClientEndpointConfig.Configurator clientConfigurator;

    private String target;
    private SocketClient client;

    WebSocketEndpoint(String uri, WebSocketComponent component, String path) {
        super(uri, component);
        this.path = path.contains("://") || path.startsWith("/") ? path : "/" + path;
        if (isClient()) {
            // The other server is trusted more than a client is.
            options.setMaxTextBytes(CLIENT_TEXT_BYTES);
            options.setMaxRate(CLIENT_RATE);
            options.setMaxBurst(CLIENT_RATE);
        }
    }

    @Override
    public Consumer createConsumer(Processor processor) throws Exception {
        WebSocketConsumer consumer =
                isClient()
                        ? new WebSocketClientConsumer(this, processor)
                        : new WebSocketConsumer(this, processor);
        configureConsumer(consumer);
        return consumer;
    }

    @Override
    public Producer createProducer() {
        return new WebSocketProducer(this);
    }

    @Override
    public WebSocketComponent getComponent() {
        return (WebSocketComponent) super.getComponent();
    }

    SocketSessions sessions() {
        return getComponent().sessions(isClient() ? getEndpointUri() : path);
    }

    /** Whether this connects to another server, instead of serving a path of this one. */
    boolean isClient() {
        return path.contains("://");
    }

    /** The connection that consumers and producers of this endpoint share. */
    synchronized SocketClient client() {
        if (client == null) {
            client = new SocketClient(this, sessions(), getComponent().clientExecutor());
        }
        return client;
    }

    void setTargetParameters(Map<String, Object> parameters) throws URISyntaxException {
        target =
                parameters.isEmpty() ? path : path + "?" + URISupport.createQueryString(parameters);
    }

    String getTarget() {
        return target;
    }

    public long getReconnectDelay() {
        return reconnectDelay;
    }

    public void setReconnectDelay(long reconnectDelay) {
        this.reconnectDelay = reconnectDelay;
    }

    public long getConnectWait() {
        return connectWait;
    }

    public void setConnectWait(long connectWait) {
        this.connectWait = connectWait;
    }

    public String getSubprotocols() {
        return subprotocols;
    }

    public void setSubprotocols(String subprotocols) {
        this.subprotocols = subprotocols;
    }

    public ClientEndpointConfig.Configurator getClientConfigurator() {
        return clientConfigurator;
    }

    public void setClientConfigurator(ClientEndpointConfig.Configurator clientConfigurator) {
        this.clientConfigurator = clientConfigurator;
    }

    public String getPath() {
        return path;
    }

    public WebSocketOptions getOptions() {
        return options;
    }

    public boolean isSendToAll() {
        return sendToAll;
    }

    public void setSendToAll(boolean sendToAll) {
        this.sendToAll = sendToAll;
    }
}
