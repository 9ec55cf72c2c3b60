package org.kubenode.progress.config;

import org.springframework.boot.context.properties.bind.DefaultValue;

/** Traces; where they go is for OpenTelemetry's own keys to say. */
public record TracingProperties(
        @Doc(
                        "Whether tasks are traced by OpenTelemetry. Where to: `OTEL_EXPORTER_OTLP_ENDPOINT`"
                                + " and the other variables of its SDK, or the same as `otel.*` keys.")
                @DefaultValue("false")
                boolean enabled,
        @Doc(
                        value =
                                "How many of a hundred tasks are traced; the same on every replica,"
                                        + " so that all decide alike.",
                        min = "0",
                        max = "100")
                @DefaultValue("100")
                int percent) {}
