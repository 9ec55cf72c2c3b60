package org.kubenode.progress.websocket;

/** A message on its way to sockets: encoded once, shared by all its receivers. */
public interface Outbound {

    /** What goes over the wire. */
    String text();

    /** What it is about; messages of one key may replace each other. Null: it replaces nothing. */
    default Object key() {
        return null;
    }

    /** Whether a newer message of the same key may take its place in a slow client's queue. */
    default boolean skippable() {
        return false;
    }

    /** The text when messages of its key were skipped before it, naming the first of them. */
    default String textAfterSkipping(Outbound firstSkipped) {
        return text();
    }
}
