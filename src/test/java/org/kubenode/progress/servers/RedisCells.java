package org.kubenode.progress.servers;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.kubenode.progress.servers.Cell.Action;
import org.kubenode.progress.servers.Cell.Expected;
import org.kubenode.progress.servers.Cell.Stage;
import org.kubenode.progress.testing.Servers;

/** Redis or Valkey of one version, alone and behind a Sentinel; rows are in SQLite. */
final class RedisCells {

    private static final String LEAST =
            "on >right resetchannels &progress:user:* +publish +psubscribe +punsubscribe";

    private final String name;
    private final Path program;
    private final Certificates certificates;

    RedisCells(String name, Path program, Certificates certificates) {
        this.name = name;
        this.program = program;
        this.certificates = certificates;
    }

    private final class Server {

        final int port = Servers.freePort();
        final Daemon daemon;
        final Path folder;
        private String password = "";

        Server(Path folder, boolean tls, String... more) {
            this.folder = folder;
            List<String> command =
                    new ArrayList<>(
                            List.of(program.toString(), "--bind", "127.0.0.1", "--save", ""));
            command.addAll(List.of("--dir", folder.toString()));
            command.addAll(List.of("--port", "" + (tls ? 0 : port)));
            if (tls) {
                command.addAll(List.of("--tls-port", "" + port));
                command.addAll(
                        List.of("--tls-cert-file", certificates.file("server.crt").toString()));
                command.addAll(
                        List.of("--tls-key-file", certificates.file("server.key").toString()));
                command.addAll(
                        List.of("--tls-ca-cert-file", certificates.file("ca.crt").toString()));
            }
            command.addAll(List.of(more));
            daemon = new Daemon(folder, port, command);
        }

        /** A Sentinel of a master. */
        Server(Path folder, Server master, String... lines) throws IOException {
            this.folder = folder;
            Path file = folder.resolve("sentinel-" + port + ".conf");
            Files.writeString(
                    file,
                    """
                    bind 127.0.0.1
                    port %d
                    sentinel monitor mymaster 127.0.0.1 %d 1
                    sentinel down-after-milliseconds mymaster 1000
                    sentinel failover-timeout mymaster 3000
                    %s
                    """
                            .formatted(port, master.port, String.join("\n", lines)));
            daemon = new Daemon(folder, port, List.of(program.toString(), "" + file, "--sentinel"));
        }

        void start() throws Exception {
            daemon.start();
        }

        String addr() {
            return "127.0.0.1:" + port;
        }

        /** Sends one command. */
        void command(String... words) {
            RedisURI uri = RedisURI.create("127.0.0.1", port);
            if (!password.isEmpty()) {
                uri.setCredentialsProvider(
                        io.lettuce.core.RedisCredentialsProvider.from(
                                () ->
                                        io.lettuce.core.RedisCredentials.just(
                                                null, password.toCharArray())));
            }
            RedisClient client = RedisClient.create(uri);
            try (StatefulRedisConnection<String, String> connection = client.connect()) {
                CommandArgs<String, String> arguments = new CommandArgs<>(StringCodec.UTF8);
                for (int i = 1; i < words.length; i++) {
                    arguments.add(words[i]);
                }
                connection
                        .sync()
                        .dispatch(
                                CommandType.valueOf(words[0]),
                                new StatusOutput<>(StringCodec.UTF8),
                                arguments);
            } finally {
                client.shutdown();
            }
        }

        void requirePassword(String next) {
            command("CONFIG", "SET", "requirepass", next);
            password = next;
        }
    }

    private static List<String> options(Path folder, String... more) {
        List<String> options =
                new ArrayList<>(
                        List.of(
                                "--database.type=sqlite",
                                "--database.path=" + folder.resolve("progress.db"),
                                "--progress.notify_type=redis"));
        options.addAll(List.of(more));
        return options;
    }

    private static Stage stage(
            List<String> options, Action before, Action fault, Action cure, Action after) {
        return new Stage(options, "REALTIME", before, fault, cure, after);
    }

    private interface Making {
        Stage make(Server server) throws Exception;
    }

    private void add(List<Cell> to, String scenario, Expected expected, Making making) {
        to.add(
                new Cell(
                        name,
                        scenario,
                        folder -> making.make(new Server(folder, false)),
                        expected));
    }

    private static String addr(Server server) {
        return "--progress.redis.addr=" + server.addr();
    }

    List<Cell> alone() {
        List<Cell> cells = new ArrayList<>();
        add(
                cells,
                "down at the start",
                Expected.notifier("refused"),
                s -> stage(options(s.folder, addr(s)), () -> {}, null, s::start, s.daemon::close));
        add(
                cells,
                "down later",
                Expected.notifier("refused"),
                s ->
                        stage(
                                options(s.folder, addr(s)),
                                s::start,
                                s.daemon::stop,
                                s::start,
                                s.daemon::close));
        add(
                cells,
                "stands still later",
                Expected.notifier("no probe|no answer|timed out"),
                s ->
                        stage(
                                options(s.folder, addr(s)),
                                s::start,
                                () -> s.daemon.signal("STOP"),
                                () -> s.daemon.signal("CONT"),
                                s.daemon::close));
        add(
                cells,
                "wrong password",
                Expected.notifier("WRONGPASS"),
                s ->
                        stage(
                                options(s.folder, addr(s), "--progress.redis.password=wrong"),
                                () -> {
                                    s.start();
                                    s.requirePassword("right");
                                },
                                null,
                                () -> s.requirePassword("wrong"),
                                s.daemon::close));
        add(
                cells,
                "no password given",
                Expected.notifier("NOAUTH"),
                s ->
                        stage(
                                options(s.folder, addr(s)),
                                () -> {
                                    s.start();
                                    s.requirePassword("right");
                                },
                                null,
                                () -> s.requirePassword(""),
                                s.daemon::close));
        add(
                cells,
                "password changed later",
                Expected.notifier("WRONGPASS"),
                s ->
                        stage(
                                options(s.folder, addr(s), "--progress.redis.password=right"),
                                () -> {
                                    s.start();
                                    s.requirePassword("right");
                                },
                                () -> {
                                    s.requirePassword("new");
                                    s.command("CLIENT", "KILL", "TYPE", "pubsub");
                                    s.command("CLIENT", "KILL", "TYPE", "normal");
                                },
                                () -> s.requirePassword("right"),
                                s.daemon::close));
        for (String right : List.of("publish", "psubscribe")) {
            add(
                    cells,
                    "no right to " + right,
                    Expected.notifier("NOPERM.*" + right),
                    s ->
                            stage(
                                    options(
                                            s.folder,
                                            addr(s),
                                            "--progress.redis.username=progress",
                                            "--progress.redis.password=right"),
                                    () -> {
                                        s.start();
                                        user(s, LEAST + " -" + right);
                                    },
                                    null,
                                    () -> user(s, "+" + right),
                                    s.daemon::close));
        }
        add(
                cells,
                "TLS asked for, and the server has none",
                Expected.notifier("SSL|TLS|closed|timed out"),
                s ->
                        stage(
                                options(s.folder, addr(s), "--progress.redis.tls=true"),
                                s::start,
                                null,
                                null,
                                s.daemon::close));
        String closed = "closed|reset|SSL|TLS";
        tls(cells, "TLS wanted by the server, not asked for", closed, "no", "127.0.0.1", "");
        tls(cells, "TLS, its authority known", null, "no", "localhost", "ca");
        tls(cells, "TLS, another authority", "certificat|PKIX", "no", "localhost", "other");
        tls(cells, "TLS, another host", "127\\.0\\.0\\.1", "no", "127.0.0.1", "ca");
        tls(cells, "TLS, a client's certificate wanted, none", ".", "yes", "localhost", "ca");
        tls(
                cells,
                "TLS, a client's certificate wanted and shown",
                null,
                "yes",
                "localhost",
                "ca",
                "--progress.redis.tls_cert=" + certificates.file("client.crt"),
                "--progress.redis.tls_key=" + certificates.file("client.key"));
        return cells;
    }

    private static void user(Server server, String rights) {
        List<String> words = new ArrayList<>(List.of("ACL", "SETUSER", "progress"));
        words.addAll(List.of(rights.split(" ")));
        server.command(words.toArray(String[]::new));
    }

    private void tls(
            List<Cell> to,
            String scenario,
            String reason,
            String clients,
            String host,
            String authority,
            String... more) {
        to.add(
                new Cell(
                        name,
                        scenario,
                        folder -> {
                            Server server = new Server(folder, true, "--tls-auth-clients", clients);
                            List<String> options =
                                    options(
                                            folder,
                                            "--progress.redis.addr=" + host + ":" + server.port);
                            if (!authority.isEmpty()) {
                                options.add("--progress.redis.tls=true");
                                options.add(
                                        "--progress.redis.tls_root_cert="
                                                + certificates.file(authority + ".crt"));
                            }
                            options.addAll(List.of(more));
                            return stage(options, server::start, null, null, server.daemon::close);
                        },
                        reason == null ? Expected.well() : Expected.notifier(reason)));
    }

    private interface Guarded {
        Stage make(Server master, Server sentinel) throws Exception;
    }

    private void guarded(
            List<Cell> to, String scenario, Expected expected, Guarded making, String... lines) {
        to.add(
                new Cell(
                        name + ", Sentinel",
                        scenario,
                        folder -> {
                            Server master = new Server(folder, false);
                            return making.make(master, new Server(folder, master, lines));
                        },
                        expected));
    }

    private static Stage guardedStage(
            Server master, Server sentinel, Action before, Action fault, Action cure, String... o) {
        List<String> options =
                options(master.folder, "--progress.redis.sentinel_addrs=" + sentinel.addr());
        options.addAll(List.of(o));
        return stage(
                options,
                before,
                fault,
                cure,
                () -> {
                    sentinel.daemon.close();
                    master.daemon.close();
                });
    }

    List<Cell> behindASentinel() {
        List<Cell> cells = new ArrayList<>();
        guarded(
                cells,
                "Sentinel down at the start",
                Expected.notifier("refused|Sentinel"),
                (m, s) -> guardedStage(m, s, m::start, null, s::start));
        guarded(
                cells,
                "Sentinel down later",
                Expected.well(),
                (m, s) ->
                        guardedStage(
                                m,
                                s,
                                () -> {
                                    m.start();
                                    s.start();
                                },
                                s.daemon::stop,
                                s::start));
        guarded(
                cells,
                "master down at the start",
                Expected.notifier("refused"),
                (m, s) -> guardedStage(m, s, s::start, null, m::start));
        guarded(
                cells,
                "master down later",
                Expected.notifier("refused"),
                (m, s) ->
                        guardedStage(
                                m,
                                s,
                                () -> {
                                    m.start();
                                    s.start();
                                },
                                m.daemon::stop,
                                m::start));
        guarded(
                cells,
                "given as addr",
                Expected.well(),
                (m, s) -> {
                    List<String> options = options(m.folder, addr(s));
                    return stage(
                            options,
                            () -> {
                                m.start();
                                s.start();
                            },
                            null,
                            null,
                            () -> {
                                s.daemon.close();
                                m.daemon.close();
                            });
                });
        Guarded both =
                (m, s) ->
                        guardedStage(
                                m,
                                s,
                                () -> {
                                    m.start();
                                    s.start();
                                },
                                null,
                                null);
        guarded(
                cells,
                "Sentinel's password not given",
                Expected.notifier("NOAUTH"),
                both,
                "requirepass s3cret");
        guarded(
                cells,
                "Sentinel's password wrong",
                Expected.notifier("WRONGPASS"),
                (m, s) ->
                        guardedStage(
                                m,
                                s,
                                () -> {
                                    m.start();
                                    s.start();
                                },
                                null,
                                null,
                                "--progress.redis.sentinel_password=wrong"),
                "requirepass s3cret");
        guarded(
                cells,
                "master's password wrong",
                Expected.notifier("WRONGPASS"),
                (m, s) ->
                        guardedStage(
                                m,
                                s,
                                () -> {
                                    m.start();
                                    m.requirePassword("right");
                                    s.start();
                                },
                                null,
                                () -> m.requirePassword("wrong"),
                                "--progress.redis.password=wrong"),
                "sentinel auth-pass mymaster right");
        guarded(
                cells,
                "no such master",
                Expected.notifier("other"),
                (m, s) ->
                        guardedStage(
                                m,
                                s,
                                () -> {
                                    m.start();
                                    s.start();
                                },
                                null,
                                null,
                                "--progress.redis.sentinel_master_name=other"));
        cells.add(
                new Cell(
                        name + ", Sentinel",
                        "master lost, its replica takes over",
                        folder -> {
                            Server master = new Server(folder, false);
                            Server replica =
                                    new Server(
                                            folder,
                                            false,
                                            "--replicaof",
                                            "127.0.0.1 " + master.port);
                            Server sentinel = new Server(folder, master);
                            return new Stage(
                                    options(
                                            folder,
                                            "--progress.redis.sentinel_addrs=" + sentinel.addr()),
                                    "REALTIME",
                                    () -> {
                                        master.start();
                                        replica.start();
                                        sentinel.start();
                                    },
                                    master.daemon::stop,
                                    ServersMatrixIT.BY_ITSELF,
                                    () -> {
                                        sentinel.daemon.close();
                                        replica.daemon.close();
                                        master.daemon.close();
                                    });
                        },
                        new Expected("RECONNECTING|POLLING", null, "up", null, 14)));
        return cells;
    }
}
