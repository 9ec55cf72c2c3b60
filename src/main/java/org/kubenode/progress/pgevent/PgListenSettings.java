package org.kubenode.progress.pgevent;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;

/**
 * What a {@code pgevent:} consumer needs to log in and must not stand in its URI, where logs, JMX
 * and Hawtio would show it. Put one into the registry; an endpoint finds it by its type.
 *
 * @param host overrides the URI's host (a direct line past a pooler); null keeps the URI's
 * @param port overrides the URI's port, 1 to 65535; null keeps the URI's
 * @param username the role to log in as
 * @param password any characters; empty for none
 * @param applicationName shown in {@code pg_stat_activity}; the server cuts it at 63 bytes
 * @param tls how far the link is encrypted and proven
 * @param rootCertificate a PEM file of the authorities to trust; null takes the JDK's
 * @param connectTimeout for the TCP connection alone, above zero
 */
public record PgListenSettings(
        String host,
        Integer port,
        String username,
        String password,
        String applicationName,
        TlsMode tls,
        Path rootCertificate,
        Duration connectTimeout) {

    /** Long enough for a distant server, short enough to count as "nothing waits long". */
    public static final Duration DEFAULT_CONNECT_TIMEOUT = Duration.ofSeconds(1);

    public PgListenSettings {
        Objects.requireNonNull(username, "username");
        password = password == null ? "" : password;
        Objects.requireNonNull(applicationName, "applicationName");
        tls = tls == null ? TlsMode.PREFER : tls;
        connectTimeout = connectTimeout == null ? DEFAULT_CONNECT_TIMEOUT : connectTimeout;
        if (port != null && (port < 1 || port > 65_535)) {
            throw new IllegalArgumentException("port " + port + " is not within 1 to 65535");
        }
        if (connectTimeout.isZero() || connectTimeout.isNegative()) {
            throw new IllegalArgumentException("connectTimeout must be above zero");
        }
    }

    /** The URI's host and port, no root certificate, the default time-out. */
    public static PgListenSettings of(
            String username, String password, String applicationName, TlsMode tls) {
        return new PgListenSettings(
                null, null, username, password, applicationName, tls, null, null);
    }

    /** Everything but the password. */
    @Override
    public String toString() {
        return "PgListenSettings[host=%s, port=%s, username=%s, applicationName=%s, tls=%s]"
                .formatted(host, port, username, applicationName, tls.value());
    }
}
