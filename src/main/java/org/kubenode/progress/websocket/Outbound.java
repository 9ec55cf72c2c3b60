package org.kubenode.progress.websocket;

import java.nio.charset.StandardCharsets;

/**
 * One message on its way to any number of sessions. It is shared between their queues, so it must
 * not change, and its text is encoded once ({@link EncodedOutbound} does that).
 */
public interface Outbound {

    /**
     * The text to send, as UTF-8. Called for each session: return a stored value. Shared by all
     * sessions: not to be written to.
     */
    byte[] utf8();

    /** The same as text, decoded at each call. */
    default String text() {
        return new String(utf8(), StandardCharsets.UTF_8);
    }

    /**
     * What the message is about, such as a task id. In a session that falls behind, a newer message
     * may take the place of an older one with an equal key. Null: never conflated.
     */
    default Object key() {
        return null;
    }

    /** Whether a newer message of the same key may take this one's place in a queue. */
    default boolean skippable() {
        return false;
    }

    /**
     * The text to send when messages of this key were skipped just before this one.
     *
     * @param firstSkipped the oldest of the skipped messages
     */
    default String textAfterSkipping(Outbound firstSkipped) {
        return text();
    }

    /**
     * The {@code id:} of this message in an event stream; null for none. One line. Asked once for
     * each session, in the order in which messages are written to it.
     */
    default String eventId(SocketSession session) {
        return null;
    }

    /**
     * Called after the message was handed to the network for one session. Must be quick and must
     * not throw: it runs between two messages of that session.
     */
    default void sent(SocketSession session) {}

    /** A message without a key, which is therefore never skipped. */
    static Outbound of(String text) {
        return new EncodedOutbound() {
            @Override
            protected String encode() {
                return text;
            }
        };
    }

    /** A message without a key from text that is UTF-8 already. */
    static Outbound of(byte[] utf8) {
        return () -> utf8;
    }
}
