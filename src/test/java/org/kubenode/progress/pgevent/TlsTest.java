package org.kubenode.progress.pgevent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The five modes against a server whose certificate names {@code localhost} and nothing else. */
class TlsTest {

    private static final String APPLICATION = "kube-node-manager-tls-listen";

    @TempDir private static Path certificates;
    private static PgServer server;

    @BeforeAll
    static void startServerWithACertificate() throws Exception {
        openssl(
                "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test-ca -keyout ca.key -out ca.crt");
        openssl(
                "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=other-ca -keyout other.key -out other.crt");
        openssl(
                "req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr");
        Files.writeString(certificates.resolve("san"), "subjectAltName=DNS:localhost\n");
        openssl(
                "x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2"
                        + " -extfile san -out server.crt");
        server = PgServer.started();
        for (String file : new String[] {"server.key", "server.crt"}) {
            Path copy = Files.copy(certificates.resolve(file), server.data().resolve(file));
            Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rw-------"));
        }
        tls(true);
    }

    @AfterAll
    static void stopServer() throws Exception {
        server.close();
    }

    @Test
    void disableIsPlaintext() throws Exception {
        assertThat(encrypted("localhost", TlsMode.DISABLE, null)).isFalse();
    }

    @Test
    void preferTakesTlsWhenItIsThere() throws Exception {
        assertThat(encrypted("localhost", TlsMode.PREFER, null)).isTrue();
    }

    @Test
    void preferTakesPlaintextAndRequireRefusesWhenItIsNot() throws Exception {
        tls(false);
        try {
            assertThat(encrypted("localhost", TlsMode.PREFER, null)).isFalse();
            isRefused("localhost", TlsMode.REQUIRE, null);
        } finally {
            tls(true);
        }
    }

    @Test
    void requireTakesAnyCertificate() throws Exception {
        assertThat(encrypted("127.0.0.1", TlsMode.REQUIRE, null)).isTrue();
    }

    @Test
    void verifyCaAsksForATrustedAuthority() throws Exception {
        assertThat(encrypted("127.0.0.1", TlsMode.VERIFY_CA, "ca.crt")).isTrue();
        isRefused("127.0.0.1", TlsMode.VERIFY_CA, "other.crt");
        isRefused("127.0.0.1", TlsMode.VERIFY_CA, null);
    }

    @Test
    void verifyFullAsksForTheHostAsWell() throws Exception {
        assertThat(encrypted("localhost", TlsMode.VERIFY_FULL, "ca.crt")).isTrue();
        isRefused("127.0.0.1", TlsMode.VERIFY_FULL, "ca.crt");
    }

    @Test
    void aRootCertificateThatIsMissingIsAFailedAttempt() throws Exception {
        isRefused("localhost", TlsMode.VERIFY_FULL, "missing.crt");
    }

    @Test
    void stopsInTimeWhileTheBackendIsFrozen() throws Exception {
        Listening listening = listening("localhost", TlsMode.REQUIRE, null).awaitSubscriptions(1);
        long backend = server.backends(APPLICATION).get(0);
        PgServer.signal("STOP", backend);
        try {
            assertThat(listening.stop()).isLessThan(Duration.ofSeconds(2));
        } finally {
            PgServer.signal("CONT", backend);
        }
        await().untilAsserted(() -> assertThat(server.backends(APPLICATION)).isEmpty());
    }

    private static boolean encrypted(String host, TlsMode mode, String root) throws Exception {
        try (Listening listening = listening(host, mode, root)) {
            listening.awaitSubscriptions(1);
            server.notify(Listening.CHANNEL, "over " + mode.value());
            listening.awaitReceived(1);
            try (Connection connection = server.connect();
                    Statement statement = connection.createStatement();
                    ResultSet row =
                            statement.executeQuery(
                                    "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)"
                                            + " WHERE application_name = '"
                                            + APPLICATION
                                            + "' ORDER BY backend_start DESC")) {
                assertThat(row.next()).isTrue();
                return row.getBoolean(1);
            }
        }
    }

    private static void isRefused(String host, TlsMode mode, String root) throws Exception {
        try (Listening listening = listening(host, mode, root)) {
            await().until(() -> listening.failures.size() >= 2);
            assertThat(listening.subscriptions).hasValue(0);
        }
    }

    private static Listening listening(String host, TlsMode mode, String root) throws Exception {
        return Listening.on(
                new PgListenSettings(
                        null,
                        null,
                        "postgres",
                        "",
                        APPLICATION,
                        mode,
                        root == null ? null : certificates.resolve(root),
                        null),
                Listening.uri(host, server.port()),
                body -> {});
    }

    private static void tls(boolean on) throws Exception {
        server.execute("ALTER SYSTEM SET ssl = " + (on ? "on" : "off"), "SELECT pg_reload_conf()");
        await().until(
                        () -> {
                            try (Connection connection = server.connect();
                                    Statement statement = connection.createStatement();
                                    ResultSet row = statement.executeQuery("SHOW ssl")) {
                                return row.next() && row.getString(1).equals(on ? "on" : "off");
                            }
                        });
    }

    private static void openssl(String arguments) throws Exception {
        Process process =
                new ProcessBuilder(("openssl " + arguments).split(" "))
                        .directory(certificates.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(arguments).isZero();
    }
}
