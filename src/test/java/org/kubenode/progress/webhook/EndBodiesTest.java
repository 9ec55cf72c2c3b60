package org.kubenode.progress.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kubenode.progress.config.WebhookProperties;
import org.kubenode.progress.config.WebhookProperties.Format;

/** What a receiver gets, by a real server. */
class EndBodiesTest {

    @TempDir Path folder;

    private static Map<String, Object> row() {
        Map<String, Object> row = new HashMap<>();
        row.put("task_id", "0192");
        row.put("user_id", "7");
        row.put("username", "ana");
        row.put("action", "drain");
        row.put("cluster_name", "prod");
        row.put("reason", "<!channel> \"kernel\" & {task_id}");
        row.put("status", "completed");
        row.put("total", 30);
        row.put("success_count", 8);
        row.put("failed_count", 22);
        row.put("params", "{\"dry_run\":true}");
        row.put("completed_at", "2026-11-23T10:15:30.123Z");
        row.put("failed_nodes", "[{\"node_name\":\"node-7\",\"error\":\"no\"}]");
        return row;
    }

    private Receiver.Post posted(Receiver receiver, Format format, String secret, String template)
            throws Exception {
        WebhookProperties settings =
                new WebhookProperties(
                        format,
                        template,
                        secret,
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(30),
                        Duration.ofDays(1),
                        100);
        new Webhook(
                        URI.create(receiver.url()),
                        settings,
                        WebhookConfiguration.template(settings),
                        "r1",
                        Clock.fixed(Instant.ofEpochSecond(1_700_000_000), ZoneOffset.UTC))
                .post(row());
        return receiver.posts().get(receiver.posts().size() - 1);
    }

    private static JsonNode json(Receiver.Post post) throws Exception {
        return new ObjectMapper().readTree(post.body());
    }

    @Test
    void genericIsTheTaskWithItsTypes() throws Exception {
        try (Receiver receiver = new Receiver()) {
            JsonNode body = json(posted(receiver, Format.GENERIC, "", ""));
            assertThat(body.path("type").asText()).isEqualTo("task.ended");
            JsonNode data = body.path("data");
            assertThat(data.path("user_id").isNumber()).isTrue();
            assertThat(data.path("failed_count").isNumber()).isTrue();
            assertThat(data.path("dry_run").booleanValue()).isTrue();
            assertThat(data.path("retry_of").isNull()).isTrue();
            // What an operator wrote is no template.
            assertThat(data.path("reason").asText()).endsWith("& {task_id}");
            assertThat(receiver.posts().get(0).signature()).isNull();
        }
    }

    /** The example of the specification's authors. */
    @Test
    void theSignatureIsThatOfStandardWebhooks() {
        assertThat(
                        Signature.of(
                                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                                1614265330,
                                "{\"test\": 2432232314}"))
                .isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    @Test
    void slackCallsNoChannelForAnOperator() throws Exception {
        try (Receiver receiver = new Receiver()) {
            assertThat(json(posted(receiver, Format.SLACK, "", "")).path("text").asText())
                    .isEqualTo(
                            "*drain* on *prod* by ana: completed with failures, 8 of 30 nodes done,"
                                    + " 22 failed\n&lt;!channel&gt; \"kernel\" &amp; {task_id}\nnode-7:"
                                    + " no\nand 21 more");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "drained for @channel, drained for @\u200bchannel",
        "@All @here, @\u200bAll @\u200bhere",
        "ana@here.example.com, ana@\u200bhere.example.com",
        "@ana and @channels, @ana and @channels",
    })
    void mattermostCallsNobodyEither(String text, String written) {
        assertThat(WebhookConfiguration.escape(Format.SLACK).apply(text)).isEqualTo(written);
    }

    @Test
    void feishuIsSignedInTheBodyAndRefusesWith200() throws Exception {
        try (Receiver receiver =
                new Receiver()
                        .answering((exchange, post) -> Receiver.text(exchange, "{\"code\":0}"))) {
            JsonNode body = json(posted(receiver, Format.FEISHU, "the bot's own secret", ""));
            assertThat(body.path("msg_type").asText()).isEqualTo("post");
            assertThat(body.path("timestamp").asText()).isEqualTo("1700000000");
            assertThat(body.path("sign").asText())
                    .isEqualTo(Signature.ofFeishu("the bot's own secret", 1_700_000_000));
            assertThat(body.at("/content/post/zh_cn/title").asText())
                    .isEqualTo("drain · prod: completed with failures");
            receiver.answering(
                    (exchange, post) ->
                            Receiver.text(
                                    exchange, "{\"code\":19021,\"msg\":\"sign match fail\"}"));
            assertThatThrownBy(() -> posted(receiver, Format.FEISHU, "", ""))
                    .isInstanceOf(PostRefusedException.class)
                    .hasMessage("it answered code 19021: sign match fail");
        }
    }

    @Test
    void aTemplateOfOnesOwnIsFilledIn() throws Exception {
        Path file =
                Files.writeString(
                        folder.resolve("own.json"),
                        "{\"n\": [\"{failed_count}\", \"{action}/{unknown}\"], \"fixed\": 1}");
        try (Receiver receiver = new Receiver()) {
            assertThat(posted(receiver, Format.GENERIC, "", file.toString()).body())
                    .isEqualTo("{\"n\":[22,\"drain/{unknown}\"],\"fixed\":1}");
        }
    }

    /** An address that a receiver names would be one that nobody has configured. */
    @Test
    void aRedirectIsNotFollowed() throws Exception {
        try (Receiver other = new Receiver();
                Receiver receiver =
                        new Receiver()
                                .answering(
                                        (exchange, post) -> {
                                            exchange.getResponseHeaders()
                                                    .add("Location", other.url());
                                            return 307;
                                        })) {
            assertThatThrownBy(() -> posted(receiver, Format.GENERIC, "", ""))
                    .isInstanceOf(PostRefusedException.class)
                    .hasMessage("it answered 307");
            assertThat(other.posts()).isEmpty();
        }
    }

    /** A receiver that never stops talking would fill the memory. */
    @Test
    void ofALongAnswerTheBeginningIsEnough() throws Exception {
        long most = 256L << 20;
        AtomicLong written = new AtomicLong();
        CountDownLatch over = new CountDownLatch(1);
        try (Receiver receiver =
                new Receiver()
                        .answering(
                                (exchange, post) -> {
                                    exchange.sendResponseHeaders(200, 0);
                                    byte[] some = new byte[1 << 20];
                                    try {
                                        while (written.get() < most) {
                                            exchange.getResponseBody().write(some);
                                            written.addAndGet(some.length);
                                        }
                                    } finally {
                                        over.countDown();
                                    }
                                    return 0;
                                })) {
            posted(receiver, Format.GENERIC, "", "");
            assertThat(over.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(written.get()).isLessThan(most);
        }
    }
}
