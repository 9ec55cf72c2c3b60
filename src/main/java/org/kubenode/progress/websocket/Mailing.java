package org.kubenode.progress.websocket;

import java.util.Collection;
import java.util.List;

/** A body of the producer that says itself who receives it; no header does then. */
public interface Mailing {

    /** To be sent in order. */
    List<Outbound> messages();

    /** Sessions, or their ids. One that is gone is left out. */
    Collection<?> sockets();
}
