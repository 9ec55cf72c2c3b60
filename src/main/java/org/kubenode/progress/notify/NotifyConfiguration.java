package org.kubenode.progress.notify;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.kubenode.progress.config.DatabaseProperties;
import org.kubenode.progress.config.ProgressProperties;
import org.kubenode.progress.config.Replica;
import org.kubenode.progress.pgevent.PgListenSettings;
import org.kubenode.progress.pgevent.TlsMode;
import org.kubenode.progress.wire.WireCodec;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.listener.RedisMessageListenerContainer;
import org.springframework.data.redis.serializer.RedisSerializer;
import org.springframework.util.function.SingletonSupplier;

/** The beans that the routes 40 to 44 name. */
@Configuration(proxyBeanMethods = false)
public class NotifyConfiguration {

    private static final String TRANSPORT = "${progress.transport}";

    /** Transports whose component reports its subscriptions. */
    private static final Set<String> REPORTING = Set.of("postgres", "redis");

    @Bean
    Circuit circuit(@Value(TRANSPORT) String transport, ProgressProperties progress) {
        return new Circuit(
                transport,
                REPORTING.contains(transport),
                new CircuitTimes(
                        progress.pollInterval().toMillis(),
                        progress.degradedPollInterval().toMillis()),
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
    Probes probes(
            Replica replica, Circuit circuit, ProgressPoll poll, ObjectProvider<OwnTasks> tasks) {
        // Looked up once: it is asked for each notification, and a look-up takes 2 µs.
        Supplier<List<OwnTasks>> all = SingletonSupplier.of(() -> tasks.stream().toList());
        return new Probes(
                replica.id(),
                ThreadLocalRandom.current().nextLong(1L << 50),
                System::nanoTime,
                roundTripMs -> {
                    circuit.probeReceived(roundTripMs);
                    poll.probeReceived(roundTripMs);
                },
                taskId -> all.get().stream().anyMatch(own -> own.runs(taskId)),
                circuit::ownNotification);
    }

    @Bean
    NotifierMetrics notifierMetrics(Circuit circuit) {
        return new NotifierMetrics(circuit);
    }

    @Bean
    Publications publications(
            @Value(TRANSPORT) String transport, NotifierMetrics metrics, Circuit circuit) {
        return new Publications(
                transport,
                new WireCodec(),
                NotifyConfiguration::monotonicMs,
                metrics::sent,
                metrics::failed,
                circuit::probeSent);
    }

    @Bean
    ProgressPoll poll(Circuit circuit, ProgressPoll.Listeners delivery) {
        return new ProgressPoll(circuit, delivery, NotifyConfiguration::monotonicMs);
    }

    @Bean
    HealthIndicator notifierHealthIndicator(Circuit circuit) {
        return new NotifierHealth(circuit);
    }

    private static long monotonicMs() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    /** What only PostgreSQL needs. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnProperty(name = "progress.transport", havingValue = "postgres")
    static class Postgres {

        @Bean
        NotifyQueue notifyQueue() {
            return new NotifyQueue();
        }

        @Bean
        PgListenSettings pgListenSettings(DatabaseProperties database, Replica replica) {
            return new PgListenSettings(
                    database.listenHost(),
                    database.listenPort(),
                    database.username(),
                    database.password(),
                    "kube-node-manager-" + replica.id() + "-listen",
                    // libpq's "allow" is "prefer" the other way round: TLS where it is offered.
                    database.sslMode() == DatabaseProperties.SslMode.ALLOW
                            ? TlsMode.PREFER
                            : TlsMode.of(database.sslMode().text()),
                    database.sslRootCert().isBlank() ? null : Path.of(database.sslRootCert()),
                    null);
        }
    }

    /** What only Redis needs. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnProperty(name = "progress.transport", havingValue = "redis")
    static class Redis {

        @Bean
        RedisServers redisServers(ProgressProperties progress, Replica replica) {
            return new RedisServers(progress.redis(), "kube-node-manager-" + replica.id());
        }

        @Bean
        RedisChannels redisChannels(Replica replica) {
            return new RedisChannels(replica.id());
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
                RedisServers servers, RedisPublisher publisher, NotifierEvents events) {
            return new RedisSubscription(servers, publisher, events);
        }

        /** Payloads stay bytes until the codec reads them. */
        @Bean
        RedisSerializer<byte[]> redisPayload() {
            return RedisSerializer.byteArray();
        }
    }
}
