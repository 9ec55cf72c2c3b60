package org.kubenode.progress.firstrun;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Properties;

/**
 * One PostgreSQL for all processes that use the same folder. The first one starts it and the last
 * one ends it: each holds a shared lock on a file, and who can have that lock for itself alone is
 * the last. A process that was killed holds no lock any more, so the next one goes on with the
 * server that it left behind.
 *
 * <p>PostgreSQL runs in a session of its own ({@code pg_ctl} sees to that), so that Ctrl-C in one
 * terminal does not reach it. It commits to disk as in production ({@code fsync} on), listens on
 * the loopback address alone, and asks for a password.
 */
final class SharedDatabase implements AutoCloseable {

    static final String NAME = "kube_node_manager";
    static final String USER = "postgres";

    private final Commands commands;
    private final Path folder;
    private final Path programs;
    private final FileChannel users;
    private final FileLock use;
    private final String password;
    private final int port;

    private SharedDatabase(
            Commands commands, Path folder, Path programs, FileChannel users, FileLock use)
            throws IOException {
        this.commands = commands;
        this.folder = folder;
        this.programs = programs;
        this.users = users;
        this.use = use;
        this.password = Folders.secret(folder.resolve("db-password"));
        this.port = running() ? runningPort() : start();
    }

    /**
     * Joins the processes that use the folder's database.
     *
     * @throws IOException when PostgreSQL cannot be started; says why
     */
    static SharedDatabase join(Commands commands, Path parent) throws IOException {
        Binaries binaries = Binaries.find();
        Path folder = Files.createDirectories(parent.resolve(binaries.version()));
        try (FileChannel gate = open(folder.resolve("gate.lock"))) {
            // Starting and ending happen one at a time; the lock goes with the channel.
            gate.lock();
            FileChannel users = open(folder.resolve("users.lock"));
            try {
                Path programs = folder.resolve("postgresql");
                binaries.unpack(programs);
                FileLock use = users.lock(0, 1, true);
                return new SharedDatabase(commands, folder, programs.resolve("bin"), users, use);
            } catch (IOException | RuntimeException e) {
                users.close();
                throw e;
            }
        }
    }

    private static FileChannel open(Path file) throws IOException {
        return FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    int port() {
        return port;
    }

    String password() {
        return password;
    }

    /** Leaves; the last one ends PostgreSQL. */
    @Override
    public void close() throws IOException {
        if (!users.isOpen()) {
            return;
        }
        try (FileChannel gate = open(folder.resolve("gate.lock"));
                users) {
            gate.lock();
            use.release();
            try (FileLock alone = users.tryLock(0, 1, false)) {
                if (alone != null && running()) {
                    commands.must(
                            log(), program("pg_ctl"), "stop", "-D", data(), "-m", "fast", "-w");
                }
            }
        }
    }

    private boolean running() throws IOException {
        return Files.exists(Path.of(data(), "postmaster.pid"))
                && commands.run(log(), program("pg_ctl"), "status", "-D", data()) == 0;
    }

    /** The fourth line of the file that a running server keeps. */
    private int runningPort() throws IOException {
        List<String> lines = Files.readAllLines(Path.of(data(), "postmaster.pid"));
        return Integer.parseInt(lines.get(3).strip());
    }

    private int start() throws IOException {
        boolean known = Files.exists(Path.of(data(), "PG_VERSION"));
        if (!known) {
            initialise();
        }
        int free;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }
        commands.must(
                log(),
                program("pg_ctl"),
                "start",
                "-D",
                data(),
                "-w",
                "-l",
                folder.resolve("data/server.log").toString(),
                "-o",
                "-p " + free + " -c listen_addresses=127.0.0.1 -c unix_socket_directories=''");
        createDatabase(free);
        return free;
    }

    private void initialise() throws IOException {
        Path data = Path.of(data());
        Folders.delete(data);
        Files.createDirectories(data);
        Path passwordFile = Files.createDirectories(folder.resolve("init")).resolve("password");
        Files.deleteIfExists(passwordFile);
        Files.copy(folder.resolve("db-password"), passwordFile);
        commands.own(data);
        commands.own(passwordFile.getParent());
        commands.must(
                log(),
                program("initdb"),
                "-D",
                data.toString(),
                "-U",
                USER,
                "-E",
                "UTF8",
                "--locale=C",
                "--auth=scram-sha-256",
                "--pwfile=" + passwordFile,
                // The server itself syncs; this only fills an empty folder.
                "--no-sync");
        Folders.delete(passwordFile.getParent());
    }

    private void createDatabase(int port) throws IOException {
        Properties login = new Properties();
        login.setProperty("user", USER);
        login.setProperty("password", password);
        try (Connection connection =
                        DriverManager.getConnection(
                                "jdbc:postgresql://127.0.0.1:" + port + "/postgres", login);
                Statement statement = connection.createStatement()) {
            try (ResultSet found =
                    statement.executeQuery(
                            "SELECT 1 FROM pg_database WHERE datname = 'kube_node_manager'")) {
                if (found.next()) {
                    return;
                }
            }
            statement.execute("CREATE DATABASE kube_node_manager");
        } catch (SQLException e) {
            throw new IOException("The database cannot be created: " + e.getMessage(), e);
        }
    }

    private String data() {
        return folder.resolve("data").toString();
    }

    private Path log() {
        return folder.resolve("commands.log");
    }

    private String program(String name) {
        return programs.resolve(name).toString();
    }
}
