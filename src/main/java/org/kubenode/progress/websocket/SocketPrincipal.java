package org.kubenode.progress.websocket;

import java.security.Principal;
import java.time.Instant;

/** Who opened a socket or a stream, as the handshake's authentication left it in the request. */
public interface SocketPrincipal extends Principal {

    /** When the right to be connected ends, or null when it does not end by itself. */
    Instant expiresAt();

    /** Why the socket has to be closed as soon as it is open, or null when it may stay. */
    CloseRefusal refusal();

    /** The subprotocol that the handshake answers, or null for none. */
    String subprotocol();
}
