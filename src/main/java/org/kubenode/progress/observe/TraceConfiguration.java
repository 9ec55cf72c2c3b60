package org.kubenode.progress.observe;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingResult;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.kubenode.progress.config.ProgressProperties;
import org.kubenode.progress.config.Replica;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;

/** Traces, where they are asked for: without that none of this exists. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnProperty("progress.tracing.enabled")
class TraceConfiguration {

    @Bean
    Tracing.Ids traceIds() {
        return new Tracing.Ids();
    }

    @Bean
    TraceSdk traceSdk(
            ConfigurableEnvironment environment,
            ProgressProperties properties,
            Replica replica,
            Tracing.Ids ids) {
        Map<String, String> given = given(environment);
        double ratio = properties.tracing().percent() / 100.0;
        OpenTelemetrySdk sdk =
                AutoConfiguredOpenTelemetrySdk.builder()
                        .addPropertiesSupplier(
                                () ->
                                        Map.of(
                                                "otel.service.name",
                                                "kube-node-progress",
                                                "otel.exporter.otlp.protocol",
                                                "http/protobuf"))
                        .addPropertiesCustomizer(config -> given)
                        .addResourceCustomizer((resource, config) -> named(resource, replica))
                        .addSamplerCustomizer(
                                (sampler, config) -> Sampler.parentBased(new OfTasks(ratio)))
                        .addTracerProviderCustomizer(
                                (provider, config) -> provider.setIdGenerator(ids))
                        .disableShutdownHook()
                        .build()
                        .getOpenTelemetrySdk();
        return new TraceSdk(sdk);
    }

    @Bean
    Tracing tracing(TraceSdk traces, Tracing.Ids ids, ProgressProperties properties) {
        return new Tracing(
                traces.sdk().getTracer("org.kubenode.progress"),
                ids,
                properties.tracing().percent() / 100.0,
                Clock.systemUTC());
    }

    @Bean
    TracedRoutes tracedRoutes(Tracing tracing) {
        return new TracedRoutes(tracing);
    }

    /**
     * Keys {@code otel.*} that stand in a file or on the command line; variables are read anyway.
     */
    private static Map<String, String> given(ConfigurableEnvironment environment) {
        Map<String, String> given = new HashMap<>();
        environment.getPropertySources().stream()
                .filter(EnumerablePropertySource.class::isInstance)
                .flatMap(
                        s -> List.of(((EnumerablePropertySource<?>) s).getPropertyNames()).stream())
                .filter(name -> name.startsWith("otel."))
                .forEach(name -> given.put(name, environment.getProperty(name)));
        // Metrics are Prometheus' and the log is its own.
        given.put("otel.metrics.exporter", "none");
        given.put("otel.logs.exporter", "none");
        return given;
    }

    private static Resource named(Resource resource, Replica replica) {
        AttributeKey<String> instance = AttributeKey.stringKey("service.instance.id");
        return resource.getAttribute(instance) != null
                ? resource
                : resource.merge(Resource.create(Attributes.of(instance, replica.id())));
    }

    /** The SDK, and its end: what waits is sent, but nobody waits long for a dead collector. */
    record TraceSdk(OpenTelemetrySdk sdk) implements AutoCloseable {
        @Override
        public void close() {
            sdk.getSdkTracerProvider().shutdown().join(2, TimeUnit.SECONDS);
        }
    }

    /** Decides by the task, so that all replicas decide alike. */
    private record OfTasks(double ratio) implements Sampler {
        @Override
        public SamplingResult shouldSample(
                Context parent,
                String traceId,
                String name,
                SpanKind kind,
                Attributes attributes,
                List<LinkData> links) {
            return TraceIds.sampled(traceId, ratio)
                    ? SamplingResult.recordAndSample()
                    : SamplingResult.drop();
        }

        @Override
        public String getDescription() {
            return "OfTasks{" + ratio + "}";
        }
    }
}
