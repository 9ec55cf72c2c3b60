package org.kubenode.progress.websocket;

import java.security.Principal;
import java.time.Instant;

/**
 * What a security filter says about a handshake. The filter stands before the component and wraps
 * the request so that {@code getUserPrincipal()} is one of these; its name is the user.
 */
public interface SocketPrincipal extends Principal {

    /** When the socket must close with 4401; null for never. */
    default Instant expiresAt() {
        return null;
    }

    /**
     * Non-null: the handshake succeeds and the socket closes at once with this, without an
     * exchange. (A page cannot read the status of a failed handshake.)
     */
    default CloseRefusal refusal() {
        return null;
    }

    /** The subprotocol to answer, one of those offered; null for none. */
    default String subprotocol() {
        return null;
    }
}
