package org.kubenode.progress.websocket;

import jakarta.websocket.Decoder;
import jakarta.websocket.Encoder;
import jakarta.websocket.Extension;
import jakarta.websocket.server.ServerEndpointConfig;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One handshake: the endpoint is made before it, with what the request said. No extension is
 * negotiated: a compressor would cost each socket more heap than everything else.
 */
final class Handshake extends ServerEndpointConfig.Configurator implements ServerEndpointConfig {

    private final String path;
    private final SocketEndpoint endpoint;
    private final String subprotocol;
    private final Map<String, Object> userProperties = new HashMap<>(0);

    Handshake(String path, SocketEndpoint endpoint, String subprotocol) {
        this.path = path;
        this.endpoint = endpoint;
        this.subprotocol = subprotocol;
    }

    @Override
    public <T> T getEndpointInstance(Class<T> type) {
        return type.cast(endpoint);
    }

    @Override
    public String getNegotiatedSubprotocol(List<String> supported, List<String> requested) {
        return subprotocol != null && requested.contains(subprotocol) ? subprotocol : "";
    }

    @Override
    public List<Extension> getNegotiatedExtensions(
            List<Extension> installed, List<Extension> requested) {
        return List.of();
    }

    /** Origins are the business of the security filter, which has already let this pass. */
    @Override
    public boolean checkOrigin(String origin) {
        return true;
    }

    @Override
    public Class<?> getEndpointClass() {
        return SocketEndpoint.class;
    }

    @Override
    public String getPath() {
        return path;
    }

    @Override
    public List<String> getSubprotocols() {
        return subprotocol == null ? List.of() : List.of(subprotocol);
    }

    @Override
    public List<Extension> getExtensions() {
        return List.of();
    }

    @Override
    public Configurator getConfigurator() {
        return this;
    }

    @Override
    public List<Class<? extends Encoder>> getEncoders() {
        return List.of();
    }

    @Override
    public List<Class<? extends Decoder>> getDecoders() {
        return List.of();
    }

    @Override
    public Map<String, Object> getUserProperties() {
        return userProperties;
    }
}
