package org.kubenode.progress.config;

/** Writes {@code docs/configuration.md} from the keys. */
final class ConfigurationDocument {

    private ConfigurationDocument() {}

    static String write() {
        StringBuilder page = new StringBuilder();
        page.append(
                """
                # Configuration

                <!-- Made by ConfigurationDocumentTest from the records in org.kubenode.progress.config:
                     mvn test -Dtest=ConfigurationDocumentTest -Ddocs.rewrite=true -->

                `java -jar target/kube-node-progress.jar --config=FILE` reads one YAML file; `PROGRESS_CONFIG` names it
                as well. Nothing in `configs/` is read by itself: those files are ready to be named. What counts first:

                1. the command line: `--progress.notify_type=redis`. A list given there replaces the file's whole list:
                   `--clusters[0].name=test --clusters[0].type=simulated --clusters[0].nodes=100`
                2. the environment: the variable of each key stands below it
                3. the file
                4. the defaults

                `--print-config` shows the configuration that counts, secrets masked, and where each value came from.
                `--help` lists the keys. A wrong value, or a key that does not exist, stops the start with one line that
                names the key, the value and what is allowed; the exit code is 1, or 2 for a wrong option. A variable
                `PROGRESS_…` or `DB_…` that nobody reads is only warned of, because an environment is shared.

                Durations are milliseconds, or have a unit: `500ms`, `10s`, `5m`, `2h`, `7d`. Lists in a variable are
                separated by commas. Everything of Spring Boot can be set in the same file (`server.port`,
                `logging.level.*`, `management.*`, `spring.*`); `SERVER_PORT` is the variable of the port (8080). The log
                goes to the console and to `logging.file.name` (`logs/app.log`, rotated; empty: no file).

                Routes write a key in kebab-case: `{{progress.poll-interval}}`. There a duration is always milliseconds,
                a size always bytes. Four more are computed and cannot be set: `{{progress.store}}` (`postgres` or
                `sqlite`), `{{progress.transport}}` (`postgres`, `redis`, `polling`, `memory` or a name of your own),
                `{{progress.posts-ends}}` (whether `progress.webhook_url` is given) and `{{progress.presence-period}}` (how often a replica tells which clusters it knows, a sixtieth of
                `progress.batch.unrunnable_after`).

                The jar carries the route files. A file in `progress.routes_dir` replaces the packaged one of its name,
                others are added, and the start logs each. A broken one stops the start and names file and line.
                """);
        String section = "";
        for (Key key : Keys.all()) {
            if (key.list() && key.type().isRecord()) {
                continue;
            }
            String of = key.name().substring(0, key.name().lastIndexOf('.'));
            if (!of.equals(section)) {
                section = of;
                page.append("\n## `").append(section.replace("[]", "")).append("`\n\n");
                if (section.equals("clusters[]")) {
                    page.append(
                            """
                            A list; an example of each type:

                            ```yaml
                            clusters:
                              - {name: test, type: simulated, nodes: 100, latency_ms: 20, failing_nodes: [node-7, node-70]}
                              - {name: prod, type: kubernetes, kubeconfig: /etc/kube/config, context: prod}
                            ```

                            """);
                }
                if (section.equals("grants[]")) {
                    page.append(
                            """
                            A list; without it, and without `jwt.grants_claim`, the role alone decides. With it a caller
                            whom no entry names may operate on nothing, an admin too:

                            ```yaml
                            grants:
                              - {groups: [ops], clusters: ["*"]}
                              - {users: [alice], clusters: [test, "dev-*"], operations: [cordon, uncordon]}
                            ```

                            """);
                }
                page.append("| key | when unset | allowed | meaning |\n|---|---|---|---|\n");
            }
            page.append(
                    "| `%s`%s | %s | %s | %s |\n"
                            .formatted(
                                    key.name(),
                                    variable(key),
                                    unset(key),
                                    key.allowed(),
                                    meaning(key)));
        }
        return page.toString();
    }

    private static String variable(Key key) {
        if (key.name().contains("[]")) {
            return "";
        }
        String variable = UnknownKeys.variable(key);
        for (var given : DatabaseVariables.KEYS.entrySet()) {
            if (given.getValue().equals(key.name())) {
                variable = given.getKey();
            }
        }
        return "<br>`" + variable + "`";
    }

    private static String unset(Key key) {
        if (!key.doc().unset().isEmpty()) {
            return key.doc().unset();
        }
        return key.defaultValue() == null || key.defaultValue().isEmpty()
                ? "empty"
                : "`" + key.defaultValue() + "`";
    }

    private static String meaning(Key key) {
        return key.doc().value().replace("|", "\\|") + (key.secret() ? " Never shown." : "");
    }
}
