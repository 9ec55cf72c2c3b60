package org.kubenode.progress.config;

import java.time.Duration;
import org.springframework.boot.context.properties.bind.DefaultValue;

/** How the ends of tasks are posted to {@code progress.webhook_url}. */
public record WebhookProperties(
        @Doc(
                        "The body: `generic` JSON, or a message as a chat of `slack` or `feishu` takes"
                                + " it.")
                @DefaultValue("generic")
                Format format,
        @Doc(
                        value =
                                "File of a template of your own: JSON in whose texts `{task_id}` and the"
                                        + " like are filled in, as in those of docs/webhook.md. What"
                                        + " `progress.webhook.format` does besides stays.",
                        unset = "the template of `progress.webhook.format`")
                @DefaultValue("")
                String template,
        @Doc(
                        value =
                                "What posts are signed with (HMAC-SHA256): a text, or `whsec_` and Base64. With"
                                        + " `feishu` it is the bot's own.",
                        pattern =
                                "whsec_([A-Za-z0-9+/]{4}){4,}(|[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)|(?!whsec_).{16,}",
                        allowed = "16 characters or more, or whsec_ and Base64",
                        secret = true,
                        unset = "none, and posts are not signed")
                @DefaultValue("")
                String secret,
        @Doc(
                        value = "How often it is looked which ends are to be posted.",
                        min = "50ms",
                        max = "10m")
                @DefaultValue("1s")
                Duration interval,
        @Doc(
                        value = "How long one post may take, to the end of its answer.",
                        min = "100ms",
                        max = "1m")
                @DefaultValue("5s")
                Duration timeout,
        @Doc(
                        value = "How long an end that cannot be posted is tried again.",
                        min = "1m",
                        max = "30d")
                @DefaultValue("1d")
                Duration keep,
        @Doc(
                        value = "Ends that may wait to be posted; of more the oldest are dropped.",
                        min = "1",
                        max = "1000000")
                @DefaultValue("10000")
                int maxWaiting) {

    /** What a post's body looks like, and what its answer means. */
    public enum Format {
        GENERIC,
        SLACK,
        FEISHU
    }

    /** Leaves the secret out. */
    @Override
    public String toString() {
        return "WebhookProperties[format=%s, template=%s, timeout=%s]"
                .formatted(format, template, timeout);
    }
}
