package org.kubenode.progress.chaos;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.kubenode.progress.testing.ReplicaProcess;
import org.kubenode.progress.testing.Tokens;

/** Asks each replica five times a second in which state its notifier is. */
final class Watch implements AutoCloseable {

    private static final HttpClient HTTP =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(Duration.ofSeconds(1))
                    .build();
    private static final Pattern STATE = Pattern.compile("\"state\"\\s*:\\s*\"(\\w+)\"");
    private static final Pattern DATABASE = Pattern.compile("\"database\"\\s*:\\s*\"(\\w+)\"");

    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean over;

    Watch(Stage stage, History history) {
        for (ReplicaProcess replica : stage.all()) {
            Thread thread = new Thread(() -> watch(replica, history), "watch-" + replica.name());
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
    }

    private void watch(ReplicaProcess replica, History history) {
        HttpRequest request =
                HttpRequest.newBuilder(replica.uri("/api/v1/progress/status"))
                        .header(
                                "Authorization",
                                "Bearer "
                                        + Tokens.of(
                                                "watch",
                                                "viewer",
                                                Duration.ofHours(12),
                                                Tokens.SECRET))
                        .timeout(Duration.ofSeconds(2))
                        .build();
        while (!over) {
            String status = ask(request);
            history.add(
                    new Event.Stood(
                            History.now(),
                            replica.name(),
                            field(STATE, status),
                            field(DATABASE, status)));
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
        }
    }

    private static String ask(HttpRequest request) {
        try {
            HttpResponse<String> answer = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
            return answer.statusCode() == 200 ? answer.body() : "";
        } catch (java.io.IOException e) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }

    private static String field(Pattern which, String status) {
        Matcher field = which.matcher(status);
        return field.find() ? field.group(1) : "UNKNOWN";
    }

    /** Whether all are in REALTIME now. */
    static boolean realtime(Stage stage) {
        return stage.all().stream()
                .allMatch(
                        replica -> {
                            try {
                                return replica.api(Tokens.viewer("watch"))
                                        .get("/api/v1/progress/status")
                                        .json()
                                        .path("state")
                                        .asText()
                                        .equals("REALTIME");
                            } catch (RuntimeException notYet) {
                                return false;
                            }
                        });
    }

    @Override
    public void close() {
        over = true;
        for (Thread thread : threads) {
            try {
                thread.join(5_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
