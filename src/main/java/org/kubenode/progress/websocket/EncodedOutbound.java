package org.kubenode.progress.websocket;

import java.nio.charset.StandardCharsets;

/** An {@link Outbound} that is encoded at most once, by whichever session needs it first. */
public abstract class EncodedOutbound implements Outbound {

    private volatile byte[] utf8;

    /** Forms the text. Called once, in the thread of the first session that needs it. */
    protected abstract String encode();

    @Override
    public final byte[] utf8() {
        byte[] bytes = utf8;
        if (bytes == null) {
            synchronized (this) {
                bytes = utf8;
                if (bytes == null) {
                    bytes = encode().getBytes(StandardCharsets.UTF_8);
                    utf8 = bytes;
                }
            }
        }
        return bytes;
    }
}
