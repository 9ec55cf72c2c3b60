package org.kubenode.progress.notify;

import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.kubenode.progress.wire.WireCodec;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.listener.RedisMessageListenerContainer;
import org.springframework.data.redis.serializer.RedisSerializer;

/** The beans that the routes 40 to 44 name. */
@Configuration(proxyBeanMethods = false)
public class NotifyConfiguration {

    /** Transports whose component reports its subscriptions. */
    private static final Set<String> REPORTING = Set.of("postgres", "redis");

    @Bean
    Circuit circuit(Environment environment) {
        String transport = environment.getRequiredProperty("progress.transport");
        return new Circuit(
                transport,
                REPORTING.contains(transport),
                new CircuitTimes(
                        environment.getRequiredProperty("progress.poll-interval", Long.class),
                        environment.getProperty(
                                "progress.degraded-poll-interval", Long.class, 500L)),
                NotifyConfiguration::monotonicMs,
                InstantSource.system(),
                () -> ThreadLocalRandom.current().nextDouble(),
                new NotifierLog());
    }

    @Bean
    NotifierEvents notifierEvents(Circuit circuit) {
        return new NotifierEvents(circuit);
    }

    @Bean
    Probes probes(Environment environment, Circuit circuit) {
        return new Probes(
                environment.getRequiredProperty("progress.replica"),
                ThreadLocalRandom.current().nextLong(1L << 50),
                System::nanoTime,
                circuit::probeReceived);
    }

    @Bean
    NotifierMetrics notifierMetrics(Circuit circuit) {
        return new NotifierMetrics(circuit);
    }

    @Bean
    Publications publications(
            Environment environment, ObjectProvider<WireCodec> codec, NotifierMetrics metrics) {
        return new Publications(
                environment.getRequiredProperty("progress.transport"),
                codec.getIfAvailable(WireCodec::new),
                NotifyConfiguration::monotonicMs,
                metrics::sent,
                metrics::failed);
    }

    @Bean
    ProgressPoll poll(Circuit circuit, ProgressPoll.Listeners delivery) {
        return new ProgressPoll(circuit, delivery, InstantSource.system());
    }

    @Bean
    HealthIndicator notifierHealthIndicator(Circuit circuit) {
        return new NotifierHealth(circuit);
    }

    private static long monotonicMs() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    /** What only Redis needs. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnProperty(name = "progress.transport", havingValue = "redis")
    static class Redis {

        @Bean
        RedisServers redisServers(Environment environment) {
            return new RedisServers(
                    Binder.get(environment).bindOrCreate("progress.redis", RedisSettings.class),
                    "kube-node-manager-" + environment.getRequiredProperty("progress.replica"));
        }

        @Bean
        RedisChannels redisChannels(Environment environment) {
            return new RedisChannels(environment.getRequiredProperty("progress.replica"));
        }

        @Bean
        RedisPublisher redisPublisher(RedisServers servers) {
            return new RedisPublisher(servers);
        }

        @Bean
        StringRedisTemplate redisTemplate(RedisPublisher publisher) {
            return new StringRedisTemplate(publisher);
        }

        @Bean
        RedisMessageListenerContainer redisSubscription(
                RedisServers servers,
                RedisPublisher publisher,
                NotifierEvents events,
                Circuit circuit) {
            return new RedisSubscription(servers, publisher, events, circuit::nextAttemptMs);
        }

        /** Payloads stay bytes until the codec reads them. */
        @Bean
        RedisSerializer<byte[]> redisPayload() {
            return RedisSerializer.byteArray();
        }
    }
}
