package org.kubenode.progress.notify;

import java.util.List;

/**
 * Where Redis is.
 *
 * @param addr {@code host:port} of a server, or of a Sentinel
 * @param password of the server; empty for none
 * @param db number of the database; Pub/Sub is the same in all
 * @param tls TLS to servers and Sentinels, trusting what the JVM trusts
 * @param sentinelAddrs {@code host:port} of each Sentinel; empty for none
 * @param sentinelMasterName the master they watch; empty for {@code mymaster}
 */
public record RedisSettings(
        String addr,
        String password,
        int db,
        boolean tls,
        List<String> sentinelAddrs,
        String sentinelMasterName) {

    public RedisSettings {
        sentinelAddrs = sentinelAddrs == null ? List.of() : List.copyOf(sentinelAddrs);
    }

    /** The master's name, with its default. */
    public String masterName() {
        return sentinelMasterName == null || sentinelMasterName.isBlank()
                ? "mymaster"
                : sentinelMasterName;
    }

    /** Leaves the password out. */
    @Override
    public String toString() {
        return "RedisSettings[addr=%s, db=%d, tls=%s, sentinelAddrs=%s, masterName=%s]"
                .formatted(addr, db, tls, sentinelAddrs, masterName());
    }
}
