package org.kubenode.progress.config;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.kubenode.progress.problem.ShownText;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.env.EnvironmentPostProcessorApplicationListener;
import org.springframework.context.ApplicationListener;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * Answers {@code --help}, {@code --version}, {@code --print-config}, {@code --token} and options
 * that do not exist.
 */
public final class CommandLine {

    private static final Set<String> SWITCHES =
            Set.of("config", "help", "print-config", "token", "version");

    /** Makes a token of a configuration, for a user and a role. */
    public interface TokenMaker {
        /**
         * @throws IllegalArgumentException when it cannot, in words for an operator
         */
        String of(JwtProperties jwt, String user, String role);
    }

    private static final Pattern WHO = Pattern.compile("(user|role)=(.*)");

    /** The names that options of Spring Boot and Camel begin with. */
    private static final Set<String> FOREIGN_ROOTS =
            Set.of(
                    "server",
                    "spring",
                    "logging",
                    "management",
                    "camel",
                    "hawtio",
                    "debug",
                    "trace",
                    "info");

    private CommandLine() {}

    /**
     * Answers the arguments when there is nothing to start.
     *
     * @return the exit code (0, 1 for a wrong configuration, 2 for a wrong option), or nothing when
     *     the application is to be started
     */
    public static OptionalInt answer(
            Class<?> application,
            String[] args,
            TokenMaker tokens,
            PrintStream out,
            PrintStream err) {
        List<String> passed = new ArrayList<>(List.of(args));
        if (passed.contains("--version")) {
            String version = application.getPackage().getImplementationVersion();
            out.println("kube-node-progress " + (version == null ? "(not packaged)" : version));
            return OptionalInt.of(0);
        }
        if (passed.removeIf(arg -> arg.equals("--help") || arg.equals("-h"))) {
            help(out);
            return OptionalInt.of(0);
        }
        Map<String, String> who = new HashMap<>();
        boolean token = passed.remove("--token");
        if (token) {
            passed.removeIf(arg -> isWho(arg, who));
        }
        for (String arg : passed) {
            String mistake = mistake(arg, routesDir(passed));
            if (mistake != null) {
                err.println(ShownText.line(mistake));
                return OptionalInt.of(2);
            }
        }
        if (passed.removeIf(arg -> arg.equals("--print-config"))) {
            return OptionalInt.of(prepare(application, passed, EffectiveConfiguration::yaml, out));
        }
        if (token) {
            return OptionalInt.of(token(application, passed, who, tokens, out, err));
        }
        return OptionalInt.empty();
    }

    /**
     * Asked before any file is read: one that only the configuration file names is not known yet.
     */
    private static Path routesDir(List<String> args) {
        String option = "--progress.routes_dir=";
        return args.stream()
                .filter(arg -> arg.startsWith(option))
                .map(arg -> Path.of(arg.substring(option.length())))
                .findFirst()
                .orElseGet(
                        () ->
                                Path.of(
                                        System.getenv()
                                                .getOrDefault("PROGRESS_ROUTES_DIR", "routes")));
    }

    private static String mistake(String arg, Path routesDir) {
        if (!arg.startsWith("--") || arg.equals("--")) {
            return "'%s' is no option; options begin with --, and --help explains them"
                    .formatted(arg);
        }
        String name = arg.substring(2).split("=", 2)[0];
        String root = name.split("[.\\[]", 2)[0];
        if (SWITCHES.contains(name) || FOREIGN_ROOTS.contains(root) || Keys.ROOTS.contains(root)) {
            boolean config = name.equals("config");
            // A switch with a value would be none, and the application would start.
            return config == arg.contains("=") || !SWITCHES.contains(name)
                    ? null
                    : config
                            ? "--config needs a file: --config=FILE"
                            : "--%s takes no value; --help explains it".formatted(name);
        }
        if (RouteFiles.rootsOfKeys(routesDir).contains(root)) {
            return null;
        }
        List<String> known = new ArrayList<>(SWITCHES);
        known.addAll(FOREIGN_ROOTS);
        known.addAll(Keys.ROOTS);
        return "--%s is no option%s; --help explains them"
                .formatted(
                        name,
                        Keys.nearest(root, known, 2)
                                .map(
                                        near ->
                                                " (did you mean --"
                                                        + near
                                                        + name.substring(root.length())
                                                        + "?)")
                                .orElse(""));
    }

    private static boolean isWho(String arg, Map<String, String> who) {
        Matcher known = WHO.matcher(arg);
        return known.matches() && who.put(known.group(1), known.group(2)) == null;
    }

    private static int token(
            Class<?> application,
            List<String> args,
            Map<String, String> who,
            TokenMaker tokens,
            PrintStream out,
            PrintStream err) {
        String user = who.getOrDefault("user", "");
        String role = who.getOrDefault("role", "");
        if (!user.matches("\\S{1,128}") || !role.matches("admin|user|viewer")) {
            err.println(
                    ShownText.line(
                            "--token has user '%s' and role '%s'; allowed: --token user=<id> role=admin|user|viewer"
                                    .formatted(user, role)));
            return 2;
        }
        try {
            return prepare(
                    application,
                    args,
                    environment ->
                            tokens.of(
                                            Binder.get(environment)
                                                    .bindOrCreate("jwt", JwtProperties.class),
                                            user,
                                            role)
                                    + System.lineSeparator(),
                    out);
        } catch (IllegalArgumentException e) {
            err.println(ShownText.line("--token: " + e.getMessage()));
            return 1;
        }
    }

    /** Goes as far as the finished environment: before logging, so that no log file is made. */
    private static int prepare(
            Class<?> application,
            List<String> args,
            Function<ConfigurableEnvironment, String> shown,
            PrintStream out) {
        SpringApplication spring = new SpringApplication(application);
        spring.addListeners(new Print(shown, out));
        try {
            spring.run(args.toArray(String[]::new));
            return 0;
        } catch (SpringApplication.AbandonedRunException e) {
            return 0;
        } catch (WrongConfiguration e) {
            return e.getExitCode();
        }
    }

    private record Print(Function<ConfigurableEnvironment, String> shown, PrintStream out)
            implements ApplicationListener<ApplicationEnvironmentPreparedEvent>, Ordered {

        @Override
        public int getOrder() {
            return EnvironmentPostProcessorApplicationListener.DEFAULT_ORDER + 1;
        }

        @Override
        public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
            out.print(shown.apply(event.getEnvironment()));
            throw new SpringApplication.AbandonedRunException();
        }
    }

    private static void help(PrintStream out) {
        out.println(
                """
                Kube Node Progress runs one operation over many Kubernetes nodes and shows every step.

                Usage: java -jar kube-node-progress.jar [--config=FILE] [--<key>=<value> ...]

                  --config=FILE      read one YAML file; ready-to-run ones are in configs/
                  --print-config     show the effective configuration, secrets masked, and where
                                     each value came from; then end
                  --token user=<id> role=admin|user|viewer
                                     print a token for a first try, good for 12 hours; then end.
                                     Needs jwt.secret, and is none of an identity provider's
                  --version          show the version; then end
                  --help             show this; then end
                  --<key>=<value>    set one key; a list given here replaces the file's whole list:
                                     --clusters[0].name=test --clusters[0].type=simulated
                                     --clusters[0].nodes=100

                The command line counts before the environment, that before the file, that before the
                defaults. A key is an environment variable too: progress.notify_type is
                PROGRESS_NOTIFY_TYPE; database.* are DB_TYPE, DB_HOST, DB_PORT, DB_USERNAME,
                DB_PASSWORD, DB_DATABASE, DB_SCHEMA; PROGRESS_CONFIG names the
                file.

                It ends with 1 when the configuration is wrong, with 2 when an option is.

                Keys, and [what holds when unset]:

                  server.port [8080]
                      The port of HTTP and WebSocket.""");
        for (Key key : Keys.all()) {
            if (key.list() && key.type().isRecord()) {
                continue;
            }
            out.println("  " + key.name() + " [" + unset(key) + "]");
            out.println("      " + key.doc().value().replace("`", ""));
        }
    }

    private static String unset(Key key) {
        if (!key.doc().unset().isEmpty()) {
            return key.doc().unset().replace("`", "");
        }
        return key.defaultValue() == null || key.defaultValue().isEmpty()
                ? "empty"
                : key.defaultValue();
    }
}
