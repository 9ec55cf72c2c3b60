package org.kubenode.progress.security;

import java.security.Principal;

/** An open socket or stream, as far as its token is concerned. */
interface OpenSession {

    /** Who opened it. */
    Principal principal();

    /** Closes it; returns at once. */
    void close(int code, String reason);
}
