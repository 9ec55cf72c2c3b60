package org.kubenode.progress.firstrun;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.kubenode.progress.KubeNodeProgress;
import org.kubenode.progress.config.CommandLine;
import org.kubenode.progress.config.JwtProperties;
import org.kubenode.progress.security.AccessToken;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.context.ApplicationListener;
import org.springframework.core.env.Environment;

/**
 * What {@code mvn spring-boot:run} starts: the application together with what a bare machine lacks,
 * a PostgreSQL, a cluster and a secret. A second one ({@code SERVER_PORT=8081 mvn spring-boot:run})
 * is a second replica on the same database. Whatever the user configures counts before it. The jar
 * does not carry this package.
 */
public final class FirstRun {

    /** Any of these says that the user has a database, or wants none. */
    private static final List<String> OPTIONS =
            List.of("--config=", "--database.", "--progress.enable_database");

    private static final List<String> VARIABLES =
            List.of("DB_", "DATABASE_", "PROGRESS_CONFIG", "PROGRESS_ENABLE_DATABASE");

    private FirstRun() {}

    public static void main(String[] args) {
        OptionalInt exitCode =
                CommandLine.answer(
                        KubeNodeProgress.class, args, AccessToken::of, System.out, System.err);
        if (exitCode.isPresent()) {
            System.exit(exitCode.getAsInt());
        }
        // As Spring Boot does: nothing is logged before the log is set up.
        LoggingSystem.get(FirstRun.class.getClassLoader()).beforeInitialize();
        Map<String, Object> defaults;
        try {
            defaults = prepare(args, System.getenv());
        } catch (IOException e) {
            System.err.println("The first run's database cannot be started: " + e.getMessage());
            System.exit(1);
            return;
        }
        SpringApplication application = new SpringApplication(KubeNodeProgress.class);
        application.setDefaultProperties(defaults);
        application.addListeners(
                (ApplicationListener<ApplicationReadyEvent>)
                        event -> greet(event.getApplicationContext().getEnvironment()));
        application.run(args);
    }

    /** Everything that the user may still override. */
    private static Map<String, Object> prepare(String[] args, Map<String, String> variables)
            throws IOException {
        Commands commands = Commands.forThisUser();
        Path folder = folder(commands);
        Map<String, Object> defaults = new HashMap<>();
        defaults.put("jwt.secret", Folders.secret(folder.resolve("jwt-secret")));
        defaults.put("clusters[0].name", "test");
        defaults.put("clusters[0].type", "simulated");
        defaults.put("clusters[0].nodes", "100");
        defaults.put("clusters[0].latency_ms", "20");
        defaults.put("clusters[0].failing_nodes", "node-7,node-70");
        if (bringsDatabase(args, variables)) {
            return defaults;
        }
        SharedDatabase database = SharedDatabase.join(commands, folder);
        // After Spring has closed everything that still writes.
        SpringApplication.getShutdownHandlers().add(() -> leave(database));
        defaults.put("database.host", "127.0.0.1");
        defaults.put("database.port", database.port());
        defaults.put("database.database", SharedDatabase.NAME);
        defaults.put("database.username", SharedDatabase.USER);
        defaults.put("database.password", database.password());
        return defaults;
    }

    /** In the project, where {@code mvn clean} removes it; for nobody where nobody may look. */
    private static Path folder(Commands commands) throws IOException {
        Path project = Path.of("").toAbsolutePath();
        if (!commands.asNobody()) {
            return Files.createDirectories(project.resolve("target/first-run"));
        }
        Path folder =
                Path.of(System.getProperty("java.io.tmpdir"))
                        .resolve(
                                "kube-node-progress-first-run-"
                                        + Integer.toHexString(project.hashCode()));
        Files.createDirectories(folder);
        if (!Files.getOwner(folder).getName().equals(System.getProperty("user.name"))) {
            throw new IOException(folder + " belongs to somebody else");
        }
        return folder;
    }

    static boolean bringsDatabase(String[] args, Map<String, String> variables) {
        return List.of(args).stream().anyMatch(arg -> OPTIONS.stream().anyMatch(arg::startsWith))
                || variables.entrySet().stream()
                        .filter(variable -> !variable.getValue().isBlank())
                        .anyMatch(
                                variable ->
                                        VARIABLES.stream().anyMatch(variable.getKey()::startsWith));
    }

    private static void leave(SharedDatabase database) {
        try {
            database.close();
        } catch (IOException e) {
            System.err.println("The first run's database cannot be ended: " + e.getMessage());
        }
    }

    private static void greet(Environment environment) {
        String url =
                "http://localhost:"
                        + environment.getProperty(
                                "local.server.port",
                                environment.getProperty("server.port", "8080"));
        JwtProperties jwt = Binder.get(environment).bindOrCreate("jwt", JwtProperties.class);
        if (!jwt.jwkSetUri().isBlank() || jwt.secret().isBlank()) {
            System.out.printf("%n  Ready: %s/%n%n", url);
            return;
        }
        String token = AccessToken.of(jwt, "1", "admin");
        System.out.printf(
                "%n  Open %s/#token=%s%n%n  or, for curl:%n%n  export TOKEN=%s%n%n",
                url, token, token);
    }
}
