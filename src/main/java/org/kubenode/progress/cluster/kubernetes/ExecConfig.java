package org.kubenode.progress.cluster.kubernetes;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;

/** The {@code exec} of a kubeconfig's user: a credential plugin. */
final class ExecConfig {

    private static final Set<String> EXEC =
            Set.of(
                    "command",
                    "args",
                    "env",
                    "apiVersion",
                    "installHint",
                    "provideClusterInfo",
                    "interactiveMode");
    private static final Set<String> EXEC_VERSIONS =
            Set.of("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1");

    private ExecConfig() {}

    /**
     * @param exec of a user
     * @param pem reads a certificate of a cluster
     */
    static ExecPlugin plugin(
            Fields exec, Fields cluster, Path folder, BiFunction<Fields, String, String> pem) {
        exec.only(EXEC);
        String version = exec.text("apiVersion");
        if (version == null || !EXEC_VERSIONS.contains(version)) {
            throw exec.wrong(
                    "apiVersion",
                    "is not supported; allowed: "
                            + String.join(", ", new TreeSet<>(EXEC_VERSIONS)));
        }
        if ("Always".equals(exec.text("interactiveMode"))) {
            throw exec.wrong(
                    "interactiveMode",
                    "is Always, and nobody is there; allowed: Never, IfAvailable");
        }
        String program = exec.text("command");
        if (program == null || program.isEmpty()) {
            throw exec.wrong("command", "is not set");
        }
        List<String> command = new ArrayList<>();
        command.add(program.contains("/") ? folder.resolve(program).toString() : program);
        exec.list("args").forEach(arg -> command.add(String.valueOf(arg)));
        Map<String, String> environment = new LinkedHashMap<>();
        for (Object entry : exec.list("env")) {
            Fields variable = Fields.of(exec.path() + ".env[]", entry);
            environment.put(variable.text("name"), variable.text("value"));
        }
        environment.put(
                "KUBERNETES_EXEC_INFO",
                info(version, exec.flag("provideClusterInfo") ? cluster : null, pem));
        String hint = exec.text("installHint");
        return new ExecPlugin(
                command, environment, version, hint == null ? "" : hint, Clock.systemUTC());
    }

    /**
     * What the plugin is told in KUBERNETES_EXEC_INFO.
     *
     * @param cluster what it may know of the cluster, or null for nothing
     * @param pem reads a certificate of it
     */
    private static String info(
            String apiVersion, Fields cluster, BiFunction<Fields, String, String> pem) {
        Map<String, Object> spec = new LinkedHashMap<>();
        if (cluster != null) {
            Map<String, Object> told = new LinkedHashMap<>();
            told.put("server", cluster.text("server"));
            told.put("insecure-skip-tls-verify", cluster.flag("insecure-skip-tls-verify"));
            String authority = pem.apply(cluster, "certificate-authority");
            if (authority != null) {
                told.put(
                        "certificate-authority-data",
                        Base64.getEncoder()
                                .encodeToString(authority.getBytes(StandardCharsets.UTF_8)));
            }
            if (cluster.has("proxy-url")) {
                told.put("proxy-url", cluster.text("proxy-url"));
            }
            for (Object extension : cluster.list("extensions")) {
                Fields one = Fields.of(cluster.path() + ".extensions[]", extension);
                if ("client.authentication.k8s.io/exec".equals(one.text("name"))) {
                    told.put("config", one.values().get("extension"));
                }
            }
            spec.put("cluster", told);
        }
        spec.put("interactive", false);
        Map<String, Object> info = new LinkedHashMap<>();
        info.put("apiVersion", apiVersion);
        info.put("kind", "ExecCredential");
        info.put("spec", spec);
        return PatchJson.of(info);
    }
}
