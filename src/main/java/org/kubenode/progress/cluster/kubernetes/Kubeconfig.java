package org.kubenode.progress.cluster.kubernetes;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLContext;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * One context of a kubeconfig file, read by the rules of kubectl 1.37 (client-go, tools/clientcmd).
 * What would change who acts, or where, is honoured or refused by name, never passed over: an
 * operation that runs with the wrong account is worse than a start that fails.
 */
final class Kubeconfig {

    private static final Set<String> CLUSTER =
            Set.of(
                    "server",
                    "certificate-authority",
                    "certificate-authority-data",
                    "insecure-skip-tls-verify",
                    "proxy-url",
                    "disable-compression",
                    "extensions");
    private static final Set<String> USER =
            Set.of(
                    "client-certificate",
                    "client-certificate-data",
                    "client-key",
                    "client-key-data",
                    "token",
                    "tokenFile",
                    "username",
                    "password",
                    "as",
                    "as-uid",
                    "as-groups",
                    "as-user-extra",
                    "exec",
                    "extensions");
    private static final Set<String> CONTEXT = Set.of("cluster", "user", "namespace", "extensions");

    private final Path folder;
    private final Fields root;

    private Kubeconfig(Path folder, Fields root) {
        this.folder = folder;
        this.root = root;
    }

    /**
     * @param contextName null for the file's current one
     * @param environment of this process, for proxies
     * @throws IllegalArgumentException what cannot be used, by its key, and what can; no value of a
     *     credential is in it
     */
    static Connection read(Path file, String contextName, Map<String, String> environment) {
        Object document;
        try {
            LoaderOptions options = new LoaderOptions();
            options.setAllowDuplicateKeys(false);
            document = new Yaml(new SafeConstructor(options)).load(Files.readString(file));
        } catch (IOException | YAMLException e) {
            // The cause's message may quote the file, and with it a credential.
            throw new IllegalArgumentException("it cannot be read as YAML");
        }
        Fields root = Fields.of("", document);
        return new Kubeconfig(file.toAbsolutePath().getParent(), root)
                .connection(contextName, environment);
    }

    private Connection connection(String contextName, Map<String, String> environment) {
        String current = contextName == null ? root.text("current-context") : contextName;
        if (current == null || current.isEmpty()) {
            throw new IllegalArgumentException("current-context is not set");
        }
        Fields context = named("contexts", "context", current);
        context.only(CONTEXT);
        String clusterName = context.text("cluster");
        if (clusterName == null) {
            throw context.wrong("cluster", "is not set");
        }
        Fields cluster = named("clusters", "cluster", clusterName);
        cluster.only(CLUSTER);
        String userName = context.text("user");
        // As with kubectl, a context without a user is anonymous: for a proxy that authenticates.
        boolean anonymous = userName == null || userName.isEmpty();
        Fields user = anonymous ? Fields.of("", Map.of()) : named("users", "user", userName);
        user.only(USER);
        URI server = server(cluster);
        List<String> secrets = new ArrayList<>();
        SSLContext tls = tls(cluster, user);
        Credentials credentials = credentials(user, cluster, secrets);
        try {
            return new Connection(
                    server,
                    tls,
                    Proxies.before(server, cluster.text("proxy-url"), environment),
                    credentials,
                    impersonation(user),
                    List.copyOf(secrets));
        } catch (IllegalArgumentException e) {
            if (cluster.has("proxy-url")) {
                throw cluster.wrong("proxy-url", "is " + e.getMessage());
            }
            throw new IllegalArgumentException(
                    "the environment's HTTPS_PROXY or HTTP_PROXY is " + e.getMessage());
        }
    }

    private Fields named(String list, String field, String name) {
        Fields found = null;
        for (Object entry : root.list(list)) {
            Fields one = Fields.of(list + "[]", entry);
            if (name.equals(one.text("name"))) {
                if (found != null) {
                    throw new IllegalArgumentException(list + " has '" + name + "' twice");
                }
                found = Fields.of(list + "[" + name + "]." + field, one.values().get(field));
            }
        }
        if (found == null) {
            throw new IllegalArgumentException(list + " has no '" + name + "'");
        }
        return found;
    }

    private static URI server(Fields cluster) {
        String text = cluster.text("server");
        try {
            URI server = URI.create(text == null ? "" : text.replaceAll("/+$", ""));
            if (Set.of("http", "https").contains(String.valueOf(server.getScheme()))
                    && server.getHost() != null) {
                return server;
            }
        } catch (IllegalArgumentException e) {
            // Told below.
        }
        throw cluster.wrong("server", "is no URL; allowed: https://HOST:PORT");
    }

    private SSLContext tls(Fields cluster, Fields user) {
        String authority = pem(cluster, "certificate-authority");
        boolean insecure = cluster.flag("insecure-skip-tls-verify");
        if (insecure && authority != null) {
            throw cluster.wrong(
                    "insecure-skip-tls-verify",
                    "is true beside a certificate-authority; allowed: one of them");
        }
        String certificate = pem(user, "client-certificate");
        String key = pem(user, "client-key");
        if (certificate == null != (key == null)) {
            throw user.wrong(
                    certificate == null ? "client-certificate" : "client-key",
                    "is not set; allowed: certificate and key, or neither");
        }
        try {
            return Tls.context(authority, insecure, certificate, key);
        } catch (Tls.Unusable e) {
            throw e.ofClient()
                    ? user.wrong("client-key", "or its certificate cannot be used")
                    : cluster.wrong("certificate-authority", "is no certificate");
        }
    }

    /** The text of a PEM file or of its {@code -data}, which counts first; null for neither. */
    private String pem(Fields fields, String key) {
        String data = fields.text(key + "-data");
        if (data != null && !data.isEmpty()) {
            try {
                return new String(
                        Base64.getDecoder().decode(data.replaceAll("\\s", "")),
                        StandardCharsets.UTF_8);
            } catch (IllegalArgumentException e) {
                throw fields.wrong(key + "-data", "is no base64");
            }
        }
        String file = fields.text(key);
        if (file == null || file.isEmpty()) {
            return null;
        }
        try {
            return Files.readString(folder.resolve(file));
        } catch (IOException e) {
            throw fields.wrong(key, "cannot be read: '" + file + "'");
        }
    }

    private Credentials credentials(Fields user, Fields cluster, List<String> secrets) {
        String token = user.text("token");
        String file = user.text("tokenFile");
        String name = user.text("username");
        boolean bearer = token != null || file != null;
        if (bearer && name != null) {
            throw user.wrong("username", "is set beside a token; allowed: one of them");
        }
        if (user.has("exec")) {
            if (bearer || name != null) {
                throw user.wrong("exec", "is set beside another account; allowed: one of them");
            }
            return ExecConfig.plugin(
                    Fields.of(user.path() + ".exec", user.values().get("exec")),
                    cluster,
                    folder,
                    this::pem);
        }
        if (file != null) {
            Path path = folder.resolve(file);
            if (!Files.isReadable(path)) {
                throw user.wrong("tokenFile", "cannot be read: '" + file + "'");
            }
            return Credentials.tokenFile(path);
        }
        if (token != null) {
            secrets.add(token);
            return Credentials.token(token);
        }
        if (name != null) {
            String password = user.text("password");
            secrets.add(password == null ? "" : password);
            return Credentials.basic(name, password == null ? "" : password);
        }
        return Credentials.NONE;
    }

    private static List<Map.Entry<String, String>> impersonation(Fields user) {
        List<Map.Entry<String, String>> headers = new ArrayList<>();
        String as = user.text("as");
        if (as == null || as.isEmpty()) {
            for (String other : List.of("as-uid", "as-groups", "as-user-extra")) {
                if (user.has(other)) {
                    throw user.wrong(other, "is set without as");
                }
            }
            return headers;
        }
        headers.add(Map.entry("Impersonate-User", as));
        if (user.has("as-uid")) {
            headers.add(Map.entry("Impersonate-Uid", user.text("as-uid")));
        }
        user.list("as-groups")
                .forEach(group -> headers.add(Map.entry("Impersonate-Group", group.toString())));
        Fields extra =
                Fields.of(user.path() + ".as-user-extra", user.values().get("as-user-extra"));
        for (Object name : extra.values().keySet()) {
            String key = name.toString();
            extra.list(key)
                    .forEach(
                            value ->
                                    headers.add(
                                            Map.entry(
                                                    "Impersonate-Extra-" + ApiRequest.encode(key),
                                                    value.toString())));
        }
        return headers;
    }
}
