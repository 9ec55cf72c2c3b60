package org.kubenode.progress.notify;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.kubenode.progress.testing.RedisProcess;
import org.kubenode.progress.testing.Servers;

/** The contract on every transport and store that this application brings. */
class TransportContractTest {

    private static List<String> with(List<String> store, String... more) {
        List<String> options = new ArrayList<>(store);
        options.addAll(List.of(more));
        return options;
    }

    private static List<String> sqlite(Path folder) {
        return List.of(
                "--database.type=sqlite", "--database.path=" + folder.resolve("progress.db"));
    }

    @Nested
    class Postgres extends TransportContract {

        @Override
        List<String> options(Path folder) {
            return with(Servers.database().options(), "--progress.notify_type=postgres");
        }
    }

    @Nested
    class Redis extends TransportContract {

        private RedisProcess redis;

        @Override
        List<String> options(Path folder) throws IOException {
            redis = RedisProcess.started();
            return with(
                    Servers.database().options(),
                    "--progress.notify_type=redis",
                    "--progress.redis.addr=" + redis.addr());
        }

        @Override
        void stopServers() {
            redis.close();
        }
    }

    @Nested
    class Polling extends TransportContract {

        @Override
        List<String> options(Path folder) {
            return with(
                    Servers.database().options(),
                    "--progress.notify_type=polling",
                    "--progress.poll_interval=200");
        }

        @Override
        String state() {
            return "POLLING";
        }
    }

    @Nested
    class Memory extends TransportContract {

        @Override
        List<String> options(Path folder) {
            return List.of("--progress.enable_database=false");
        }

        @Override
        boolean distributed() {
            return false;
        }
    }

    @Nested
    class SqliteWithRedis extends TransportContract {

        private RedisProcess redis;

        @Override
        List<String> options(Path folder) throws IOException {
            redis = RedisProcess.started();
            return with(
                    sqlite(folder),
                    "--progress.notify_type=redis",
                    "--progress.redis.addr=" + redis.addr());
        }

        @Override
        void stopServers() {
            redis.close();
        }
    }

    @Nested
    class SqliteWithPolling extends TransportContract {

        @Override
        List<String> options(Path folder) {
            return with(
                    sqlite(folder),
                    "--progress.notify_type=polling",
                    "--progress.poll_interval=200");
        }

        @Override
        String state() {
            return "POLLING";
        }
    }
}
