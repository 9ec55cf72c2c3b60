package org.kubenode.progress.servers;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.kubenode.progress.servers.Cell.Action;
import org.kubenode.progress.servers.Cell.Expected;
import org.kubenode.progress.servers.Cell.Stage;
import org.kubenode.progress.testing.PgBouncerProcess;
import org.kubenode.progress.testing.Servers;
import org.springframework.util.FileSystemUtils;

/** PostgreSQL of one version, alone and behind PgBouncer. */
final class PostgresCells {

    private static final String REFUSED = "refused";
    private static final String TRANSACTION_LINE = "no probe came back";

    private final String name;
    private final Path bin;
    private final Path template;
    private final Certificates certificates;

    /**
     * @param name for people
     * @param bin its programs
     * @param folder for files that all cells start from
     */
    PostgresCells(String name, Path bin, Path folder, Certificates certificates)
            throws IOException, InterruptedException {
        this.name = name;
        this.bin = bin;
        this.certificates = certificates;
        this.template = Files.createDirectories(folder.resolve(bin.toString().replace('/', '_')));
        Path password = Files.writeString(folder.resolve("password"), "right");
        List<String> command = asNobody();
        command.addAll(
                List.of(
                        bin.resolve("initdb").toString(),
                        "-N",
                        "-D",
                        template.resolve("data").toString(),
                        "-U",
                        "postgres",
                        "--auth=scram-sha-256",
                        "--pwfile=" + password));
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(template.resolve("initdb.log").toFile())
                        .start();
        if (process.waitFor() != 0) {
            throw new IOException(Files.readString(template.resolve("initdb.log")));
        }
    }

    private static List<String> asNobody() {
        return "root".equals(System.getProperty("user.name"))
                ? new ArrayList<>(List.of("unshare", "-U"))
                : new ArrayList<>();
    }

    /** One server of a cell. */
    private final class Server {

        private final int port = Servers.freePort();
        private final Daemon daemon;

        Server(Path folder, String... more) throws IOException {
            Path data = folder.resolve("data");
            FileSystemUtils.copyRecursively(template.resolve("data"), data);
            data.toFile().setReadable(false, false);
            data.toFile().setExecutable(false, false);
            data.toFile().setWritable(false, false);
            data.toFile().setReadable(true, true);
            data.toFile().setExecutable(true, true);
            data.toFile().setWritable(true, true);
            List<String> command = asNobody();
            command.addAll(List.of(bin.resolve("postgres").toString(), "-D", data.toString()));
            command.addAll(List.of("-p", "" + port));
            for (String setting :
                    List.of("listen_addresses=127.0.0.1", "unix_socket_directories=")) {
                command.addAll(List.of("-c", setting));
            }
            for (String setting : more) {
                command.addAll(List.of("-c", setting));
            }
            daemon = new Daemon(folder, port, command);
        }

        /** It takes connections before it takes log-ins. */
        private Connection connect() {
            return await().atMost(Duration.ofSeconds(60))
                    .ignoreExceptionsInstanceOf(SQLException.class)
                    .until(
                            () ->
                                    DriverManager.getConnection(
                                            "jdbc:postgresql://127.0.0.1:" + port + "/postgres",
                                            "postgres",
                                            "right"),
                            Objects::nonNull);
        }

        void sql(String... statements) throws SQLException {
            try (Connection connection = connect();
                    Statement statement = connection.createStatement()) {
                for (String sql : statements) {
                    statement.execute(sql);
                }
            }
        }

        /** With a role that may connect and use its own schema, and nothing else. */
        void startWithRole() throws Exception {
            daemon.start();
            sql(
                    "CREATE ROLE progress LOGIN PASSWORD 'right'",
                    "GRANT ALL ON SCHEMA public TO progress");
        }

        void startQuietly() throws Exception {
            daemon.start();
        }
    }

    private static List<String> options(int port, String... more) {
        List<String> options =
                new ArrayList<>(
                        List.of(
                                "--database.host=127.0.0.1",
                                "--database.port=" + port,
                                "--database.database=postgres",
                                "--database.username=postgres",
                                "--database.password=right"));
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
        to.add(new Cell(name, scenario, folder -> making.make(new Server(folder)), expected));
    }

    List<Cell> alone() {
        List<Cell> cells = new ArrayList<>();
        String password = "password authentication failed";
        add(
                cells,
                "down at the start",
                Expected.both(REFUSED),
                s -> stage(options(s.port), () -> {}, null, s::startQuietly, s.daemon::close));
        add(
                cells,
                "down later",
                Expected.both(REFUSED),
                s ->
                        stage(
                                options(s.port),
                                s::startQuietly,
                                s.daemon::stop,
                                s::startQuietly,
                                s.daemon::close));
        add(
                cells,
                "wrong password",
                Expected.both(password),
                s ->
                        stage(
                                options(
                                        s.port,
                                        "--database.username=progress",
                                        "--database.password=wrong"),
                                s::startWithRole,
                                null,
                                () -> s.sql("ALTER ROLE progress PASSWORD 'wrong'"),
                                s.daemon::close));
        add(
                cells,
                "password changed later",
                Expected.both(password),
                s ->
                        stage(
                                options(s.port, "--database.username=progress"),
                                s::startWithRole,
                                () ->
                                        s.sql(
                                                "ALTER ROLE progress PASSWORD 'new'",
                                                KILL.formatted("progress")),
                                () -> s.sql("ALTER ROLE progress PASSWORD 'right'"),
                                s.daemon::close));
        add(
                cells,
                "no right to connect",
                Expected.both("permission denied for database"),
                s ->
                        stage(
                                options(s.port, "--database.username=progress"),
                                () -> {
                                    s.startWithRole();
                                    s.sql("REVOKE CONNECT ON DATABASE postgres FROM PUBLIC");
                                },
                                null,
                                () -> s.sql("GRANT CONNECT ON DATABASE postgres TO progress"),
                                s.daemon::close));
        add(
                cells,
                "no right to create tables",
                new Expected("REALTIME", null, "down", "permission denied for schema", 14),
                s ->
                        stage(
                                options(s.port, "--database.username=progress"),
                                () -> {
                                    s.startWithRole();
                                    s.sql(
                                            "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
                                            "REVOKE CREATE ON SCHEMA public FROM progress");
                                },
                                null,
                                () -> s.sql("GRANT CREATE ON SCHEMA public TO progress"),
                                s.daemon::close));
        add(
                cells,
                "no such database",
                Expected.both("database \"nodes\" does not exist"),
                s ->
                        stage(
                                options(s.port, "--database.database=nodes"),
                                s::startQuietly,
                                null,
                                () -> s.sql("CREATE DATABASE nodes"),
                                s.daemon::close));
        add(
                cells,
                "no connection left for the role",
                Expected.both("too many connections for role"),
                s ->
                        stage(
                                options(s.port, "--database.username=progress"),
                                s::startWithRole,
                                () ->
                                        s.sql(
                                                "ALTER ROLE progress CONNECTION LIMIT 0",
                                                KILL.formatted("progress")),
                                () -> s.sql("ALTER ROLE progress CONNECTION LIMIT -1"),
                                s.daemon::close));
        add(
                cells,
                "TLS asked for, and the server has none",
                Expected.both("SSL"),
                s ->
                        stage(
                                options(s.port, "--database.ssl_mode=require"),
                                s::startQuietly,
                                null,
                                null,
                                s.daemon::close));
        tls(cells, "TLS, its authority known", Expected.well(), "localhost", "verify-full", "ca");
        tls(
                cells,
                "TLS, another authority",
                Expected.both("certificat|PKIX|path"),
                "localhost",
                "verify-full",
                "other");
        tls(
                cells,
                "TLS, another host",
                Expected.both("127\\.0\\.0\\.1"),
                "127.0.0.1",
                "verify-full",
                "ca");
        tls(
                cells,
                "TLS wanted by the server, switched off here",
                Expected.both("no (pg_hba.conf )?encryption|SSL off"),
                "127.0.0.1",
                "disable",
                "");
        return cells;
    }

    private static final String KILL =
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '%s'";

    private void tls(
            List<Cell> to,
            String scenario,
            Expected expected,
            String host,
            String mode,
            String authority) {
        to.add(
                new Cell(
                        name,
                        scenario,
                        folder -> {
                            Server server =
                                    new Server(
                                            folder,
                                            "ssl=on",
                                            "ssl_cert_file=" + certificates.file("server.crt"),
                                            "ssl_key_file=" + certificates.file("server.key"));
                            Files.writeString(
                                    folder.resolve("data").resolve("pg_hba.conf"),
                                    "hostssl all all 127.0.0.1/32 scram-sha-256\n");
                            List<String> options =
                                    options(
                                            server.port,
                                            "--database.host=" + host,
                                            "--database.ssl_mode=" + mode);
                            if (!authority.isEmpty()) {
                                options.add(
                                        "--database.ssl_root_cert="
                                                + certificates.file(authority + ".crt"));
                            }
                            return stage(
                                    options,
                                    server::startQuietly,
                                    null,
                                    null,
                                    server.daemon::close);
                        },
                        expected));
    }

    /** Debian's PgBouncer before this server. */
    List<Cell> behindPgBouncer(String version) {
        List<Cell> cells = new ArrayList<>();
        String ignoring = "ignore_startup_parameters = extra_float_digits";
        String pooled = "--database.pooler=true";
        pooler(
                cells,
                version,
                "session, as it comes",
                new Expected(
                        "POLLING",
                        "unsupported startup parameter: extra_float_digits",
                        "up",
                        null,
                        8),
                "session",
                "",
                false,
                "POLLING");
        pooler(
                cells,
                version,
                "session, extra_float_digits ignored",
                Expected.well(),
                "session",
                ignoring,
                false,
                "REALTIME");
        pooler(
                cells,
                version,
                "transaction, extra_float_digits ignored",
                new Expected("POLLING", TRANSACTION_LINE, "up", null, 8),
                "transaction",
                ignoring,
                false,
                "POLLING",
                pooled);
        pooler(
                cells,
                version,
                "transaction, with a direct line",
                Expected.well(),
                "transaction",
                "",
                true,
                "REALTIME",
                pooled);
        pooler(
                cells,
                version,
                "statement",
                new Expected("POLLING", null, "down", "statement pooling", 12),
                "statement",
                "",
                false,
                "POLLING",
                pooled);
        pooler(
                cells,
                version,
                "no such database",
                Expected.both("no such database|does not exist|bouncer config error"),
                "session",
                ignoring,
                false,
                "REALTIME",
                "--database.database=nodes");
        String session = "PgBouncer " + version + ", session";
        cells.add(
                new Cell(
                        session,
                        "down later",
                        folder -> {
                            Server server = new Server(folder);
                            server.daemon.start();
                            PgBouncerProcess pooler =
                                    new PgBouncerProcess(server.port, "right", "session", ignoring);
                            return stage(
                                    options(pooler.port()),
                                    () -> {},
                                    pooler::kill,
                                    pooler::start,
                                    () -> {
                                        pooler.close();
                                        server.daemon.close();
                                    });
                        },
                        Expected.both(REFUSED)));
        cells.add(
                new Cell(
                        session,
                        "the server behind it down later",
                        folder -> {
                            Server server = new Server(folder);
                            server.daemon.start();
                            PgBouncerProcess pooler =
                                    new PgBouncerProcess(server.port, "right", "session", ignoring);
                            return stage(
                                    options(pooler.port()),
                                    () -> {},
                                    server.daemon::stop,
                                    server::startQuietly,
                                    () -> {
                                        pooler.close();
                                        server.daemon.close();
                                    });
                        },
                        Expected.both("no answer|time|connect|login")));
        cells.add(
                new Cell(
                        "PgBouncer " + version + ", transaction, direct line",
                        "down at the start",
                        folder -> {
                            Server server = new Server(folder);
                            server.daemon.start();
                            PgBouncerProcess pooler =
                                    new PgBouncerProcess(server.port, "right", "transaction", "");
                            return stage(
                                    options(
                                            pooler.port(),
                                            pooled,
                                            "--database.listen_host=127.0.0.1",
                                            "--database.listen_port=" + server.port),
                                    pooler::kill,
                                    null,
                                    pooler::start,
                                    () -> {
                                        pooler.close();
                                        server.daemon.close();
                                    });
                        },
                        Expected.both(REFUSED)));
        return cells;
    }

    private void pooler(
            List<Cell> to,
            String version,
            String scenario,
            Expected expected,
            String mode,
            String line,
            boolean direct,
            String well,
            String... more) {
        to.add(
                new Cell(
                        "PgBouncer " + version,
                        scenario,
                        folder -> {
                            Server server = new Server(folder);
                            server.daemon.start();
                            PgBouncerProcess pooler =
                                    new PgBouncerProcess(server.port, "right", mode, line);
                            List<String> options = options(pooler.port(), more);
                            if (direct) {
                                options.add("--database.listen_host=127.0.0.1");
                                options.add("--database.listen_port=" + server.port);
                            }
                            return new Stage(
                                    options,
                                    well,
                                    () -> {},
                                    null,
                                    null,
                                    () -> {
                                        pooler.close();
                                        server.daemon.close();
                                    });
                        },
                        expected));
    }
}
