package org.kubenode.progress.cluster.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;

/**
 * A program that gives the account's token (client.authentication.k8s.io/v1 and v1beta1). It is
 * asked again when its token ends or is refused, never twice at once; only its standard output
 * counts, for plugins warn on the other.
 */
final class ExecPlugin implements Credentials {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int MOST_BYTES = 1 << 20;
    private static final int MOST_TEXT = 300;

    /** The secrets of this application's own environment are none of the program's business. */
    private static final Pattern OWN_SECRETS =
            Pattern.compile("DB_PASSWORD|JWT_SECRET|(DATABASE|PROGRESS|JWT)_.*(PASSWORD|SECRET)");

    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<String> command;
    private final Map<String, String> environment;
    private final String apiVersion;
    private final String installHint;
    private final Clock clock;
    private final ReentrantLock lock = new ReentrantLock();
    private String token;
    private Instant until;

    /**
     * @param environment what is added to this process's own
     * @param installHint for people who do not have the program, or empty
     */
    ExecPlugin(
            List<String> command,
            Map<String, String> environment,
            String apiVersion,
            String installHint,
            Clock clock) {
        this.command = List.copyOf(command);
        this.environment = Map.copyOf(environment);
        this.apiVersion = apiVersion;
        this.installHint = installHint;
        this.clock = clock;
    }

    @Override
    public String authorization() throws IOException, InterruptedException {
        lock.lockInterruptibly();
        try {
            if (token == null || until != null && !clock.instant().isBefore(until)) {
                ask();
            }
            return "Bearer " + token;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean renew() {
        lock.lock();
        try {
            token = null;
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void ask() throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(command));
        builder.environment().keySet().removeIf(name -> OWN_SECRETS.matcher(name).matches());
        builder.environment().putAll(environment);
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            throw failed("cannot be run" + (installHint.isBlank() ? "" : ": " + installHint));
        }
        try {
            process.getOutputStream().close();
            CompletableFuture<byte[]> output = drain(process.getInputStream());
            CompletableFuture<byte[]> complaints = drain(process.getErrorStream());
            byte[] said = output.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new TimeoutException();
            }
            if (process.exitValue() != 0) {
                throw failed(
                        "ended with "
                                + process.exitValue()
                                + ": "
                                + text(complaints.get(1, TimeUnit.SECONDS)));
            }
            accept(said);
        } catch (TimeoutException e) {
            throw failed("did not end within " + PATIENCE.toSeconds() + " s");
        } catch (ExecutionException e) {
            throw failed("cannot be read");
        } finally {
            process.destroyForcibly();
        }
    }

    private void accept(byte[] said) throws IOException {
        JsonNode status;
        try {
            JsonNode credential = JSON.readTree(said);
            if (!"ExecCredential".equals(credential.path("kind").asText())
                    || !apiVersion.equals(credential.path("apiVersion").asText())) {
                throw failed("did not answer with an ExecCredential of " + apiVersion);
            }
            status = credential.path("status");
        } catch (com.fasterxml.jackson.core.JacksonException e) {
            // Its text would quote the answer, and with it the token.
            throw failed("did not answer with JSON");
        }
        if (status.hasNonNull("clientCertificateData") || status.hasNonNull("clientKeyData")) {
            throw failed("gave a client certificate; only a token can be used");
        }
        String given = status.path("token").asText();
        if (given.isBlank()) {
            throw failed("gave no token");
        }
        try {
            until =
                    status.hasNonNull("expirationTimestamp")
                            ? Instant.parse(status.get("expirationTimestamp").asText())
                            : null;
        } catch (DateTimeParseException e) {
            throw failed("gave an expirationTimestamp that is no time");
        }
        token = given;
    }

    private static CompletableFuture<byte[]> drain(InputStream stream) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try (stream) {
                        return stream.readNBytes(MOST_BYTES);
                    } catch (IOException e) {
                        return new byte[0];
                    }
                });
    }

    private static String text(byte[] complaints) {
        String text = new String(complaints, StandardCharsets.UTF_8).trim();
        return text.length() <= MOST_TEXT ? text : text.substring(text.length() - MOST_TEXT);
    }

    private IOException failed(String what) {
        return new IOException("its credential plugin " + command.get(0) + " " + what);
    }
}
