package org.kubenode.progress.websocket;

import org.apache.camel.Category;
import org.apache.camel.Consumer;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.UriEndpoint;
import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriPath;
import org.apache.camel.support.DefaultEndpoint;

/** Serve WebSockets and event streams. */
@UriEndpoint(
        firstVersion = "1.0.0",
        scheme = WebSocketConstants.SCHEME,
        title = "WebSocket",
        syntax = "websocket-jsr356:path",
        category = {Category.HTTP})
public class WebSocketEndpoint extends DefaultEndpoint {

    @UriPath(description = "A path of this web server.")
    @Metadata(required = true)
    private final String path;

    @UriParam private final WebSocketOptions options = new WebSocketOptions();

    @UriParam(
            label = "producer",
            defaultValue = "false",
            description = "Send to every session when no header says to whom.")
    private boolean sendToAll;

    WebSocketEndpoint(String uri, WebSocketComponent component, String path) {
        super(uri, component);
        this.path = path.startsWith("/") ? path : "/" + path;
    }

    @Override
    public Consumer createConsumer(Processor processor) throws Exception {
        WebSocketConsumer consumer = new WebSocketConsumer(this, processor);
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
        return getComponent().sessions(path);
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
