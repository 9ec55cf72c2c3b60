package org.kubenode.progress.security;

import java.time.Instant;
import org.kubenode.progress.websocket.CloseRefusal;
import org.kubenode.progress.websocket.SocketPrincipal;

/**
 * Who opened a socket or a stream, and what it shows; or why it is closed at once. Keeps its token
 * to itself.
 */
public final class ProgressPrincipal implements SocketPrincipal {

    private final Caller caller;
    private final Scope scope;
    private final Instant expiresAt;
    private final String token;
    private final String subprotocol;
    private final String remote;
    private final CloseRefusal refusal;

    private ProgressPrincipal(
            Caller caller,
            Scope scope,
            Instant expiresAt,
            String token,
            String subprotocol,
            String remote,
            CloseRefusal refusal) {
        this.caller = caller;
        this.scope = scope;
        this.expiresAt = expiresAt;
        this.token = token;
        this.subprotocol = subprotocol;
        this.remote = remote;
        this.refusal = refusal;
    }

    static ProgressPrincipal accepted(
            CallerAuthentication authentication, Scope scope, String subprotocol, String remote) {
        return new ProgressPrincipal(
                authentication.caller(),
                scope,
                authentication.getToken().getExpiresAt(),
                authentication.getToken().getTokenValue(),
                subprotocol,
                remote,
                null);
    }

    static ProgressPrincipal refused(CloseRefusal refusal, String subprotocol) {
        return new ProgressPrincipal(null, null, null, null, subprotocol, null, refusal);
    }

    /** The caller, or null when refused. */
    public Caller caller() {
        return caller;
    }

    /** Whose tasks are shown, or null when refused. */
    public Scope scope() {
        return scope;
    }

    /** Whether another token is the same user's, and its role may still see what this one shows. */
    boolean mayBecome(CallerAuthentication other) {
        return other.caller() != null
                && other.caller().userId().equals(getName())
                && (scope == Scope.OWN || other.caller().seesAll());
    }

    /** The user id as text; {@code refused} when there is no caller. */
    @Override
    public String getName() {
        return caller == null ? "refused" : caller.userId();
    }

    @Override
    public Instant expiresAt() {
        return expiresAt;
    }

    @Override
    public CloseRefusal refusal() {
        return refusal;
    }

    @Override
    public String subprotocol() {
        return subprotocol;
    }

    /** The address that it came from. */
    String remote() {
        return remote;
    }

    String token() {
        return token;
    }

    /** Without the token. */
    @Override
    public String toString() {
        return "ProgressPrincipal[caller="
                + caller
                + ", scope="
                + scope
                + ", refusal="
                + refusal
                + "]";
    }
}
