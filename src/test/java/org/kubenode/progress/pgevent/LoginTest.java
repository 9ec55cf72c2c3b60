package org.kubenode.progress.pgevent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.assertj.core.util.Throwables;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.subscription.Reason;
import org.slf4j.LoggerFactory;

/** SCRAM with any password, and the password is nowhere to be seen. */
class LoginTest {

    private static final String PASSWORD = "a/b?c&d#% é:@";
    private static final String APPLICATION = "kube-node-manager-login-listen";

    private static PgServer server;
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private Level level;

    @BeforeAll
    static void startServerThatAsksForPasswords() throws Exception {
        server = PgServer.started();
        server.execute(
                "SET password_encryption = 'scram-sha-256'",
                "CREATE ROLE scram_user LOGIN PASSWORD '" + PASSWORD + "'");
        Path rules = server.data().resolve("pg_hba.conf");
        Files.writeString(
                rules, "host all scram_user all scram-sha-256\n" + Files.readString(rules));
        server.execute("SELECT pg_reload_conf()");
    }

    @AfterAll
    static void stopServer() throws Exception {
        server.close();
    }

    @BeforeEach
    void recordEveryLine() {
        level = root.getLevel();
        root.setLevel(Level.DEBUG);
        log.start();
        root.addAppender(log);
    }

    @AfterEach
    void stopRecording() {
        root.detachAppender(log);
        root.setLevel(level);
    }

    @Test
    void logsInByScramWithAPasswordOfSpecialSigns() throws Exception {
        try (Listening listening =
                Listening.on(settings(PASSWORD), Listening.uri(server.port()), body -> {})) {
            listening.awaitSubscriptions(1);
            server.notify(Listening.CHANNEL, "in");
            listening.awaitReceived(1);
            assertThat(server.backends(APPLICATION)).hasSize(1);
            assertThat(everyManagedAttribute())
                    .isNotEmpty()
                    .noneMatch(text -> text.contains(PASSWORD));
            assertThat(listening.context.getEndpoints())
                    .noneMatch(endpoint -> endpoint.getEndpointUri().contains("a/b"));
        }
        assertThat(lines()).noneMatch(line -> line.contains(PASSWORD));
    }

    @Test
    void aWrongPasswordIsToldButNotShownAndTriedAgain() throws Exception {
        String wrong = "wrong" + PASSWORD;
        try (Listening listening =
                Listening.on(settings(wrong), Listening.uri(server.port()), body -> {})) {
            await().until(() -> listening.failures.size() >= 3);
            assertThat(Reason.of(listening.failures.get(0)))
                    .contains("password authentication failed for user \"scram_user\"");
            assertThat(listening.failures)
                    .noneMatch(why -> Throwables.getStackTrace(why).contains(PASSWORD));
        }
        assertThat(lines()).noneMatch(line -> line.contains(PASSWORD));
        assertThat(lines().stream().filter(line -> line.contains("listener cannot subscribe")))
                .hasSize(1);
    }

    @Test
    void theSettingsDoNotShowTheirPassword() {
        assertThat(settings(PASSWORD).toString()).contains("scram_user").doesNotContain("a/b");
    }

    @Test
    void theSettingsOverrideHostAndPort() throws Exception {
        PgListenSettings direct =
                new PgListenSettings(
                        "localhost",
                        server.port(),
                        "scram_user",
                        PASSWORD,
                        APPLICATION,
                        TlsMode.DISABLE,
                        null,
                        null);
        try (Listening listening =
                Listening.on(direct, Listening.uri("pooler.invalid", 1), body -> {})) {
            listening.awaitSubscriptions(1);
        }
    }

    private static PgListenSettings settings(String password) {
        return PgListenSettings.of("scram_user", password, APPLICATION, TlsMode.DISABLE);
    }

    private List<String> lines() {
        List<String> lines = new ArrayList<>();
        for (ILoggingEvent event : List.copyOf(log.list)) {
            // The database server's own output passes through the same log.
            if (!event.getLoggerName().startsWith("io.zonky")) {
                lines.add(event.getFormattedMessage());
            }
        }
        return lines;
    }

    private static List<String> everyManagedAttribute() throws Exception {
        MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
        List<String> texts = new ArrayList<>();
        for (ObjectName name : beans.queryNames(new ObjectName("org.apache.camel:*"), null)) {
            texts.add(name.toString());
            for (MBeanAttributeInfo attribute : beans.getMBeanInfo(name).getAttributes()) {
                if (attribute.isReadable()) {
                    texts.add(String.valueOf(beans.getAttribute(name, attribute.getName())));
                }
            }
        }
        return texts;
    }
}
