package org.kubenode.progress.config;

import java.util.List;
import org.springframework.boot.context.properties.bind.DefaultValue;

/** The Redis that carries notifications when {@code progress.notify_type} is {@code redis}. */
public record RedisProperties(
        @Doc(
                        "Kept for older files: `progress.notify_type` decides by itself, and `false`"
                                + " beside `redis` is only warned of.")
                @DefaultValue("true")
                boolean enabled,
        @Doc(
                        value =
                                "Address of Redis. One that answers as a Sentinel is used as"
                                        + " a Sentinel.",
                        pattern = "\\S+:\\d{1,5}|\\[\\S+\\]:\\d{1,5}",
                        allowed = "host:port")
                @DefaultValue("localhost:6379")
                String addr,
        @Doc(value = "User of Redis's access control list.", unset = "the default user")
                @DefaultValue("")
                String username,
        @Doc(value = "Password of Redis.", secret = true) @DefaultValue("") String password,
        @Doc(value = "Number of the Redis database.", min = "0", max = "1000000") @DefaultValue("0")
                int db,
        @Doc("TLS to Redis and to its Sentinels; their certificates are checked with the host.")
                @DefaultValue("false")
                boolean tls,
        @Doc(
                        value =
                                "File of the root certificates (PEM) that `progress.redis.tls`"
                                        + " trusts.",
                        unset = "the JVM's own")
                @DefaultValue("")
                String tlsRootCert,
        @Doc(
                        value =
                                "File of the certificate (PEM) that is shown to Redis and its"
                                        + " Sentinels, with what leads to its root.",
                        unset = "none")
                @DefaultValue("")
                String tlsCert,
        @Doc(
                        value =
                                "File of the key of `progress.redis.tls_cert` (PEM, PKCS #8, not"
                                        + " encrypted).",
                        unset = "none")
                @DefaultValue("")
                String tlsKey,
        @Doc(
                        value = "Addresses of the Sentinels; separated by commas in one text.",
                        pattern = "\\S+:\\d{1,5}|\\[\\S+\\]:\\d{1,5}",
                        allowed = "host:port, several separated by commas",
                        unset = "no Sentinel")
                @DefaultValue
                List<String> sentinelAddrs,
        @Doc(value = "Name of the master that the Sentinels watch.", unset = "`mymaster`")
                @DefaultValue("")
                String sentinelMasterName,
        @Doc(value = "User of the Sentinels' access control list.", unset = "their default user")
                @DefaultValue("")
                String sentinelUsername,
        @Doc(value = "Password of the Sentinels; that of Redis is not sent to them.", secret = true)
                @DefaultValue("")
                String sentinelPassword) {

    /** Leaves the passwords out. */
    @Override
    public String toString() {
        return "Redis[addr=%s, db=%d, tls=%s, sentinelAddrs=%s, sentinelMasterName=%s]"
                .formatted(addr, db, tls, sentinelAddrs, sentinelMasterName);
    }
}
