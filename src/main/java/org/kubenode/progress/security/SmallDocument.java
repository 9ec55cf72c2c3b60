package org.kubenode.progress.security;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Reads a document of a foreign server, bounded in bytes and in time, head and body together. */
final class SmallDocument {

    private static final int LARGEST_BYTES = 1 << 20;
    private static final Duration CONNECT = Duration.ofSeconds(1);

    private static final HttpClient CLIENT =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .followRedirects(HttpClient.Redirect.NORMAL)
                    .connectTimeout(CONNECT)
                    .build();

    private SmallDocument() {}

    /**
     * @param total how long it may take in all
     * @throws IOException when it takes longer, is larger than {@value #LARGEST_BYTES} bytes, or
     *     the answer is not 200
     */
    static byte[] read(URI address, Duration total) throws IOException {
        long begun = System.nanoTime();
        HttpRequest request =
                HttpRequest.newBuilder(address)
                        .timeout(total)
                        .header("Accept", "application/json, application/jwk-set+json")
                        .build();
        HttpResponse<InputStream> answer;
        try {
            answer = CLIENT.send(request, BodyHandlers.ofInputStream());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
        try (InputStream body = answer.body()) {
            if (answer.statusCode() != 200) {
                throw new IOException("status " + answer.statusCode());
            }
            long left = total.toNanos() - (System.nanoTime() - begun);
            CompletableFuture<Void> late =
                    CompletableFuture.runAsync(
                            () -> close(body),
                            CompletableFuture.delayedExecutor(left, TimeUnit.NANOSECONDS));
            byte[] bytes = body.readNBytes(LARGEST_BYTES + 1);
            if (!late.cancel(false)) {
                throw new IOException("not read within " + total.toMillis() + " ms");
            }
            if (bytes.length > LARGEST_BYTES) {
                throw new IOException("more than " + LARGEST_BYTES + " bytes");
            }
            return bytes;
        }
    }

    private static void close(InputStream body) {
        try {
            body.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
