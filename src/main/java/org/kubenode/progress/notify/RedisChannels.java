package org.kubenode.progress.notify;

import java.nio.charset.StandardCharsets;

/** Names of the Redis channels. */
public final class RedisChannels {

    /** What every replica subscribes to. */
    public static final String PATTERN = "progress:user:*";

    private static final String PREFIX = "progress:user:";
    private static final String HEX = "0123456789ABCDEF";

    private final String probe;

    /** Channels of one replica, whose name is {@code [A-Za-z0-9._-]+}. */
    public RedisChannels(String replica) {
        // No user's channel can have this name: an exclamation mark of a user id is encoded.
        this.probe = PREFIX + "!probe." + replica;
    }

    /**
     * The channel of a user; that of this replica's probes without one.
     *
     * @param userId as text, or null
     */
    public String of(String userId) {
        return userId == null ? probe : PREFIX + encode(userId);
    }

    /** Percent-encodes the UTF-8 bytes outside {@code [A-Za-z0-9._-]}. */
    static String encode(String userId) {
        StringBuilder out = new StringBuilder(userId.length() + 8);
        for (byte b : userId.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xFF);
            if (c >= 'A' && c <= 'Z'
                    || c >= 'a' && c <= 'z'
                    || c >= '0' && c <= '9'
                    || c == '.'
                    || c == '_'
                    || c == '-') {
                out.append(c);
            } else {
                out.append('%').append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 0xF));
            }
        }
        return out.toString();
    }
}
