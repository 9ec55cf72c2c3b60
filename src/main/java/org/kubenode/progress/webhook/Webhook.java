package org.kubenode.progress.webhook;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.kubenode.progress.config.WebhookProperties;
import org.kubenode.progress.config.WebhookProperties.Format;
import org.kubenode.progress.store.Rows;

/** Posts the end of a task to the address of the configuration, and to no other. */
public final class Webhook {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MOST_BYTES = 64 * 1024;

    private record Answer(int status, String body) {}

    private final URI url;
    private final WebhookProperties settings;
    private final EndTemplate template;
    private final String replica;
    private final Clock clock;
    private final HttpClient client;

    Webhook(
            URI url,
            WebhookProperties settings,
            EndTemplate template,
            String replica,
            Clock clock) {
        this.url = url;
        this.settings = settings;
        this.template = template;
        this.replica = replica;
        this.clock = clock;
        this.client =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(settings.timeout())
                        // Nobody but the configuration says where a post goes.
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .build();
    }

    /** For how many milliseconds a replica may keep the place: longer than a post can take. */
    public long leaseMillis() {
        return settings.timeout().multipliedBy(2).plusSeconds(10).toMillis();
    }

    /**
     * Posts one end and waits for the answer, {@code progress.webhook.timeout} in all.
     *
     * @param row of {@code next-end}
     * @throws PostRefusedException when this end was refused
     * @throws NoAnswerException when none can be posted now
     */
    public void post(Map<String, Object> row) {
        String id = Rows.text(row, "task_id");
        long seconds = clock.instant().getEpochSecond();
        Answer answer = send(request(id, seconds, body(row, seconds)));
        int status = answer.status();
        if (status >= 500 || status == 408 || status == 425 || status == 429) {
            throw new NoAnswerException("it answered " + status);
        }
        if (status >= 300) {
            throw new PostRefusedException("it answered " + status);
        }
        if (settings.format() == Format.FEISHU) {
            judge(answer.body());
        }
    }

    private String body(Map<String, Object> row, long seconds) {
        ObjectNode body = template.fill(EndValues.of(row));
        if (settings.format() == Format.FEISHU && !settings.secret().isEmpty()) {
            body.put("timestamp", Long.toString(seconds));
            body.put("sign", Signature.ofFeishu(settings.secret(), seconds));
        }
        return body.toString();
    }

    private HttpRequest request(String id, long seconds, String body) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(url)
                        .timeout(settings.timeout())
                        .header("Content-Type", "application/json; charset=utf-8")
                        .header("User-Agent", "kube-node-progress/" + replica)
                        .header("webhook-id", id)
                        .header("webhook-timestamp", Long.toString(seconds))
                        .POST(HttpRequest.BodyPublishers.ofString(body));
        if (!settings.secret().isEmpty()) {
            request.header("webhook-signature", Signature.of(settings.secret(), id, seconds, body));
        }
        return request.build();
    }

    /**
     * The client's own time limit ends with the head of an answer. Who sends more than its
     * beginning is not listened to, and fills no memory.
     */
    private Answer send(HttpRequest request) {
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        CompletableFuture<?> exchange =
                client.sendAsync(request, head -> beginning(head.statusCode(), answer));
        Duration most = settings.timeout();
        try {
            CompletableFuture.anyOf(answer, exchange).get(most.toMillis(), TimeUnit.MILLISECONDS);
            return answer.join();
        } catch (TimeoutException e) {
            throw new NoAnswerException("it took longer than " + most.toMillis() + " ms");
        } catch (ExecutionException e) {
            throw new NoAnswerException(why(e.getCause()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NoAnswerException("this replica stops");
        } finally {
            exchange.cancel(true);
        }
    }

    private static BodySubscriber<Void> beginning(int status, CompletableFuture<Answer> answer) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        return BodySubscribers.ofByteArrayConsumer(
                some -> {
                    byte[] bytes = some.orElse(new byte[0]);
                    body.write(bytes, 0, Math.min(bytes.length, MOST_BYTES - body.size()));
                    if (some.isEmpty() || body.size() == MOST_BYTES) {
                        answer.complete(new Answer(status, body.toString(StandardCharsets.UTF_8)));
                    }
                });
    }

    /** The class alone where there is no word; an address may hold a secret, and is not said. */
    private String why(Throwable cause) {
        String message = cause.getMessage();
        return message == null || message.contains(url.toString())
                ? cause.getClass().getSimpleName()
                : message;
    }

    /** Feishu refuses with 200 and a code; 11232 says too many. */
    private static void judge(String body) {
        JsonNode answer;
        try {
            answer = JSON.readTree(body);
        } catch (JsonProcessingException e) {
            throw new PostRefusedException("its answer is no JSON");
        }
        int code = answer.path("code").asInt();
        if (code == 11232) {
            throw new NoAnswerException("it has too many messages");
        }
        if (code != 0) {
            throw new PostRefusedException(
                    "it answered code " + code + ": " + answer.path("msg").asText());
        }
    }
}
