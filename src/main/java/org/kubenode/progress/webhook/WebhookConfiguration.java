package org.kubenode.progress.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.kubenode.progress.config.ProgressProperties;
import org.kubenode.progress.config.Replica;
import org.kubenode.progress.config.WebhookProperties;
import org.kubenode.progress.config.WebhookProperties.Format;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What posts the ends of tasks, where the configuration says where to. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnProperty("progress.posts-ends")
class WebhookConfiguration {

    @Bean
    Webhook webhook(ProgressProperties progress, Replica replica) throws IOException {
        WebhookProperties settings = progress.webhook();
        return new Webhook(
                URI.create(progress.webhookUrl()),
                settings,
                template(settings),
                replica.id(),
                Clock.systemUTC());
    }

    @Bean
    EndPosts endPosts(MeterRegistry registry) {
        return new EndPosts(registry);
    }

    /**
     * The words of an operator cannot call a whole channel. For Mattermost its bare name behind an
     * at sign is a call too: an invisible space between them keeps it from that.
     */
    static UnaryOperator<String> escape(Format format) {
        return format == Format.SLACK
                ? text ->
                        text.replace("&", "&amp;")
                                .replace("<", "&lt;")
                                .replace(">", "&gt;")
                                .replaceAll("(?i)@(?=(all|channel|here)\\b)", "@\u200b")
                : UnaryOperator.identity();
    }

    static EndTemplate template(WebhookProperties settings) throws IOException {
        try (InputStream in = open(settings)) {
            JsonNode template = new ObjectMapper().readTree(in);
            return new EndTemplate(template, escape(settings.format()));
        }
    }

    private static InputStream open(WebhookProperties settings) throws IOException {
        return settings.template().isBlank()
                ? Webhook.class.getResourceAsStream(
                        "/webhook/" + settings.format().name().toLowerCase(Locale.ROOT) + ".json")
                : Files.newInputStream(Path.of(settings.template()));
    }
}
