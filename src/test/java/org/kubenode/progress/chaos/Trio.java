package org.kubenode.progress.chaos;

import static org.awaitility.Awaitility.await;

import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.kubenode.progress.testing.RedisProcess;

/** Two Redis servers, one the other's replica, watched by three Sentinels. */
final class Trio implements AutoCloseable {

    static final String MASTER = "mymaster";

    private final List<RedisProcess> servers = new ArrayList<>();
    private final List<RedisProcess> sentinels = new ArrayList<>();

    Trio() throws IOException {
        RedisProcess master = RedisProcess.server("");
        servers.add(master.start());
        servers.add(
                RedisProcess.server("", "--replicaof", "127.0.0.1", "" + master.port()).start());
        for (int i = 0; i < 3; i++) {
            sentinels.add(
                    RedisProcess.sentinel(MASTER, master.port(), Duration.ofSeconds(1)).start());
        }
        await("Sentinels know each other")
                .atMost(Duration.ofSeconds(20))
                .until(
                        () ->
                                sentinels.stream()
                                        .map(sentinel -> sentinel.ask(RedisCommands::info))
                                        .allMatch(
                                                info ->
                                                        info.contains("slaves=1")
                                                                && info.contains("sentinels=3")));
    }

    String addresses() {
        return String.join(",", sentinels.stream().map(RedisProcess::addr).toList());
    }

    /** Who says of itself that it is the master; the first when nobody does. */
    RedisProcess master() {
        for (RedisProcess server : servers) {
            try {
                if (server.ask(RedisCommands::role).get(0).equals("master")) {
                    return server;
                }
            } catch (RuntimeException down) {
                // Then it is not the master.
            }
        }
        return servers.get(0);
    }

    RedisProcess sentinel(int index) {
        return sentinels.get(index % sentinels.size());
    }

    @Override
    public void close() {
        servers.forEach(RedisProcess::close);
        sentinels.forEach(RedisProcess::close);
    }
}
