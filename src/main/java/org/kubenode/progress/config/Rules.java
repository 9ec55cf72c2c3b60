package org.kubenode.progress.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The rules across keys, each answered by one line. */
final class Rules {

    private Rules() {}

    /**
     * Checks the rules across keys.
     *
     * @throws WrongConfiguration with a line for each broken rule
     */
    static void check(Settings settings, Values values) {
        List<String> wrong = new ArrayList<>();
        token(settings.jwt(), values, wrong);
        DatabaseProperties database = settings.database();
        if (settings.progress().enableDatabase()
                && database.type() == DatabaseProperties.Type.SQLITE) {
            if (database.path().isBlank()) {
                wrong.add(
                        "database.path is '' but database.type is 'sqlite'; allowed: the file of the"
                                + " database");
            }
            if (settings.progress().notifyType().equals("postgres")) {
                wrong.add(
                        Checks.line(
                                key("progress.notify_type"),
                                values,
                                "allowed beside database.type 'sqlite': polling, redis or the name"
                                        + " of a notify-<name> route"));
            }
        }
        schema(database, wrong);
        webhook(settings.progress(), values, wrong);
        WebsocketProperties socket = settings.progress().websocket();
        if (socket.hardLimit() <= socket.softLimit()) {
            wrong.add(
                    "progress.websocket.hard_limit is '%d'; allowed: more than progress.websocket.soft_limit, which is %d"
                            .formatted(socket.hardLimit(), socket.softLimit()));
        }
        RedisProperties redis = settings.progress().redis();
        if (redis.tlsCert().isBlank() != redis.tlsKey().isBlank()) {
            wrong.add(
                    "progress.redis.tls_cert is '%s' and progress.redis.tls_key '%s'; allowed: both or neither"
                            .formatted(redis.tlsCert(), redis.tlsKey()));
        }
        if (!redis.tls() && !redis.tlsCert().isBlank()) {
            wrong.add(
                    "progress.redis.tls_cert is '%s' but progress.redis.tls is 'false'; allowed beside it: true"
                            .formatted(redis.tlsCert()));
        }
        ProgressProperties.Batch batch = settings.progress().batch();
        if (batch.concurrency() != null && batch.concurrency() > batch.maxConcurrency()) {
            wrong.add(
                    "progress.batch.concurrency is '%d'; allowed: at most progress.batch.max_concurrency, which is %d"
                            .formatted(batch.concurrency(), batch.maxConcurrency()));
        }
        clusters(settings.clusters().clusters(), wrong);
        grants(settings.grants().grants(), wrong);
        if (!wrong.isEmpty()) {
            throw new WrongConfiguration(wrong, 1);
        }
    }

    private static void schema(DatabaseProperties database, List<String> wrong) {
        if (database.schema().isEmpty()) {
            return;
        }
        if (database.type() == DatabaseProperties.Type.SQLITE) {
            wrong.add(
                    "database.schema is '%s' but database.type is 'sqlite'; allowed beside it: none"
                            .formatted(database.schema()));
        } else if (database.pooler()) {
            // It refuses the start-up option, and gives what was set to another session.
            wrong.add(
                    "database.schema is '%s' but database.pooler is 'true'; allowed beside it: none, and ALTER ROLE ... SET search_path for database.username instead"
                            .formatted(database.schema()));
        }
    }

    private static void webhook(ProgressProperties progress, Values values, List<String> wrong) {
        WebhookProperties webhook = progress.webhook();
        if (!progress.webhookUrl().isEmpty() && !canBePostedTo(progress.webhookUrl())) {
            wrong.add(disallowed("progress.webhook_url", values));
        }
        if (!webhook.template().isBlank() && !isJsonObject(Path.of(webhook.template()))) {
            wrong.add(
                    "progress.webhook.template is '%s'; allowed: a file that can be read, of one JSON object"
                            .formatted(webhook.template()));
        }
        if (progress.webhookUrl().isEmpty() && !webhook.secret().isEmpty()) {
            wrong.add(
                    "progress.webhook.secret is given but progress.webhook_url is not; allowed: both or neither");
        }
    }

    private static String disallowed(String name, Values values) {
        return Checks.line(key(name), values, "allowed: " + key(name).allowed());
    }

    /** A host with an underscore, say, is none for a URI: each post would fail. */
    private static boolean canBePostedTo(String address) {
        return isUri(address)
                && URI.create(address).getHost() != null
                && URI.create(address).getPort() <= 65_535
                && !address.matches("[^/]*//[^/?]*@.*|.*#.*");
    }

    private static boolean isUri(String text) {
        try {
            return new URI(text).isAbsolute();
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private static boolean isJsonObject(Path file) {
        try {
            JsonNode content = new ObjectMapper().readTree(file.toFile());
            return content != null && content.isObject();
        } catch (IOException e) {
            return false;
        }
    }

    private static void token(JwtProperties jwt, Values values, List<String> wrong) {
        if (!jwt.jwkSetUri().isBlank() && !isUri(jwt.jwkSetUri())) {
            wrong.add(disallowed("jwt.jwk_set_uri", values));
        }
        if (!jwt.signIn().clientId().isBlank() && !jwt.issuer().matches("https?://[^/\\s?#]+.*")) {
            wrong.add(
                    "jwt.issuer is '%s' but jwt.sign_in.client_id is given; allowed: the http or https address of the issuer"
                            .formatted(jwt.issuer()));
        }
        int bytes = jwt.secret().getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 && jwt.jwkSetUri().isBlank()) {
            wrong.add(
                    "jwt.secret is not given; allowed: 32 bytes or more, best by the environment"
                            + " variable JWT_SECRET, or jwt.jwk_set_uri instead");
        } else if (bytes > 0 && bytes < 32) {
            wrong.add(
                    "jwt.secret (%s) has %d bytes; allowed: 32 or more"
                            .formatted(
                                    values.given(key("jwt.secret").propertyName())
                                            .map(Values::where)
                                            .orElse(""),
                                    bytes));
        }
    }

    private static void clusters(List<ClustersProperties.Entry> clusters, List<String> wrong) {
        Set<String> names = new HashSet<>();
        for (int i = 0; i < clusters.size(); i++) {
            ClustersProperties.Entry cluster = clusters.get(i);
            String at = "clusters[" + i + "].";
            Keys.of("clusters").forEach((name, key) -> checked(at + name, key, cluster, wrong));
            if (cluster.name() == null || cluster.name().isBlank()) {
                wrong.add(at + "name is not given; allowed: " + key("clusters[].name").allowed());
            } else if (!names.add(cluster.name())) {
                wrong.add(
                        "%sname is '%s' a second time; allowed: a name of its own"
                                .formatted(at, cluster.name()));
            }
            if (cluster.type() == null) {
                wrong.add(at + "type is not given; allowed: " + key("clusters[].type").allowed());
            }
            if (!cluster.context().isBlank() && cluster.kubeconfig().isBlank()) {
                wrong.add(
                        "%scontext is '%s' without a kubeconfig; allowed: together with %skubeconfig"
                                .formatted(at, cluster.context(), at));
            }
        }
    }

    private static void grants(List<GrantsProperties.Entry> grants, List<String> wrong) {
        for (int i = 0; i < grants.size(); i++) {
            GrantsProperties.Entry grant = grants.get(i);
            if (grant.users().isEmpty() && grant.groups().isEmpty() || grant.clusters().isEmpty()) {
                wrong.add(
                        "grants[%d] names nobody or nothing; allowed: users or groups, and clusters"
                                .formatted(i));
            }
        }
    }

    private static void checked(
            String name, Key key, ClustersProperties.Entry cluster, List<String> wrong) {
        Object value = key.in(cluster);
        if (!key.allows(value)) {
            wrong.add("%s is '%s'; allowed: %s".formatted(name, value, key.allowed()));
        }
    }

    private static Key key(String name) {
        return Keys.find(name).orElseThrow();
    }
}
