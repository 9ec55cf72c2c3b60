package org.kubenode.progress.cluster.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kubenode.progress.cluster.ClusterProperties;

/** Every field of a kubeconfig: it does what kubectl does with it, or the start is refused. */
class KubeconfigTest {

    private static final String PEM =
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

    @TempDir Path dir;
    private KubernetesMockServer server;

    @BeforeEach
    void start() {
        server = new KubernetesMockServer(false);
        server.init();
        server.expect().get().withPath("/version").andReturn(200, "{}").always();
    }

    @AfterEach
    void stop() {
        server.destroy();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "user    | auth-provider: {name: oidc} | users[me].user.auth-provider is not supported; allowed: as,",
                "user    | impersonate: root | users[me].user.impersonate is not supported",
                "user    | as-groups: [admins] | users[me].user.as-groups is set without as",
                "user    | as-uid: abc | users[me].user.as-uid is set without as",
                "user    | as-user-extra: {a: [b]} | users[me].user.as-user-extra is set without as",
                "user    | token: 12345 | users[me].user.token is no text",
                "user    | tokenFile: nowhere | users[me].user.tokenFile cannot be read: 'nowhere'",
                "user    | token: a, username: b | users[me].user.username is set beside a token",
                "user    | token: a, exec: {command: x, apiVersion: client.authentication.k8s.io/v1} | users[me].user.exec is set beside another account",
                "user    | client-certificate: nowhere, client-key: nowhere | users[me].user.client-certificate cannot be read",
                "user    | client-certificate-data: '%%%', client-key-data: aaaa | users[me].user.client-certificate-data is no base64",
                "user    | client-certificate-data: aaaa | users[me].user.client-key is not set",
                "user    | client-key-data: aaaa | users[me].user.client-certificate is not set",
                "user    | client-certificate-data: aaaa, client-key-data: aaaa | users[me].user.client-key or its certificate cannot be used",
                "user    | exec: {command: x} | users[me].user.exec.apiVersion is not supported; allowed: client.authentication.k8s.io/v1,",
                "user    | exec: {command: x, apiVersion: client.authentication.k8s.io/v1alpha1} | exec.apiVersion is not supported",
                "user    | exec: {apiVersion: client.authentication.k8s.io/v1} | users[me].user.exec.command is not set",
                "user    | exec: {command: x, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always} | exec.interactiveMode is Always",
                "user    | exec: {command: x, apiVersion: client.authentication.k8s.io/v1, run: y} | users[me].user.exec.run is not supported",
                "cluster | tls-server-name: other | clusters[one].cluster.tls-server-name is not supported; allowed: certificate-authority,",
                "cluster | api-version: v1 | clusters[one].cluster.api-version is not supported",
                "cluster | server: 'ftp://x' | clusters[one].cluster.server is no URL",
                "cluster | certificate-authority: nowhere | clusters[one].cluster.certificate-authority cannot be read",
                "cluster | certificate-authority-data: '%%%' | clusters[one].cluster.certificate-authority-data is no base64",
                "cluster | certificate-authority-data: aaaa | clusters[one].cluster.certificate-authority is no certificate",
                "cluster | insecure-skip-tls-verify: 'yes' | clusters[one].cluster.insecure-skip-tls-verify is neither true nor false",
                "cluster | proxy-url: 'socks5://p:1' | clusters[one].cluster.proxy-url is this kind of proxy; allowed: http://HOST:PORT",
                "cluster | proxy-url: 'http://me:pw@p:1' | clusters[one].cluster.proxy-url is a proxy that wants a password",
                "context | cluster: gone | clusters has no 'gone'",
                "context | user: gone | users has no 'gone'",
                "context | cluster: twice | clusters has 'twice' twice",
                "context | as: root | contexts[it].context.as is not supported"
            })
    void whatCannotBeHonouredIsRefusedByName(String where, String fields, String line) {
        assertThatThrownBy(() -> open(where, fields))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("clusters[].kubeconfig of prod is '")
                .hasMessageContaining(line)
                .hasMessageNotContaining("12345")
                .hasNoCause();
    }

    /** All that client-go 0.37 knows (tools/clientcmd/api/v1/types.go), but for names and kinds. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "current-context",
                "preferences",
                "extensions",
                "cluster",
                "user",
                "namespace",
                "server",
                "tls-server-name",
                "insecure-skip-tls-verify",
                "certificate-authority",
                "certificate-authority-data",
                "proxy-url",
                "disable-compression",
                "client-certificate",
                "client-key",
                "token",
                "tokenFile",
                "username",
                "password",
                "as",
                "as-uid",
                "as-groups",
                "as-user-extra",
                "auth-provider",
                "exec",
                "command",
                "args",
                "env",
                "apiVersion",
                "installHint",
                "provideClusterInfo",
                "interactiveMode"
            })
    void everyFieldStandsInTheTable(String field) throws Exception {
        String document = Files.readString(Path.of("docs/kubernetes.md"));
        String table =
                document.substring(
                        document.indexOf("### Kubeconfigs"),
                        document.indexOf("| key of a cluster |"));
        assertThat(table.lines().filter(line -> line.startsWith("|")))
                .anyMatch(
                        line ->
                                line.contains("`" + field + "`")
                                        || line.contains("`" + field + ": "));
    }

    @Test
    void aCertificateAuthorityAndNoVerificationContradictEachOther() throws Exception {
        Files.writeString(dir.resolve("ca"), PEM);
        assertThatThrownBy(
                        () ->
                                open(
                                        "cluster",
                                        "certificate-authority: ca, insecure-skip-tls-verify: true"))
                .hasMessageContaining("insecure-skip-tls-verify is true beside");
    }

    @Test
    void aContextThatIsNotThereIsNamed() throws Exception {
        File file = write("current-context: gone\n");
        assertThatThrownBy(() -> Connections.open(entry(file, null)))
                .hasMessageContaining("contexts has no 'gone'");
        assertThatThrownBy(() -> Connections.open(entry(file, "third")))
                .hasMessageContaining("with context 'third': contexts has no 'third'");
        assertThatThrownBy(() -> Connections.open(entry(write("kind: Config\n"), null)))
                .hasMessageContaining("current-context is not set");
        assertThatThrownBy(
                        () ->
                                Connections.open(
                                        entry(write("users: [token: " + Kubeconfigs.TOKEN), null)))
                .hasMessageContaining("it cannot be read as YAML")
                .hasMessageNotContaining(Kubeconfigs.TOKEN);
        assertThatThrownBy(() -> Connections.open(entry(new File("/nowhere/config"), null)))
                .hasMessageContaining("a file that can be read");
        assertThatThrownBy(() -> Connections.open(entry(null, null)))
                .hasMessageContaining("clusters[].kubeconfig of prod is not set")
                .hasMessageContaining("only inside a pod");
    }

    @Test
    void theAccountIsTheTokenOfTheNamedContext() throws Exception {
        assertThat(asked("user", "token: abc").getHeader("Authorization")).isEqualTo("Bearer abc");
    }

    @Test
    void basicAuthentication() throws Exception {
        assertThat(asked("user", "username: me, password: secret").getHeader("Authorization"))
                .isEqualTo("Basic bWU6c2VjcmV0");
    }

    @Test
    void aTokenFileIsReadEachTimeAndCountsBeforeTheToken() throws Exception {
        Files.writeString(dir.resolve("token"), "first\n");
        ApiServer api = open("user", "tokenFile: token, token: old");
        assertThat(ask(api).getHeader("Authorization")).isEqualTo("Bearer first");
        Files.writeString(dir.resolve("token"), "second");
        assertThat(ask(api).getHeader("Authorization")).isEqualTo("Bearer second");
        Files.delete(dir.resolve("token"));
        assertThatThrownBy(() -> ask(api)).hasMessageContaining("its token file");
    }

    @Test
    void whoIsActedForStandsInTheHeaders() throws Exception {
        RecordedRequest request =
                asked(
                        "user",
                        "token: abc, as: jane, as-uid: u-1, as-groups: [devs, ops],"
                                + " as-user-extra: {example.com/scope: [a, b]}");
        assertThat(request.getHeader("Impersonate-User")).isEqualTo("jane");
        assertThat(request.getHeader("Impersonate-Uid")).isEqualTo("u-1");
        assertThat(request.getHeaders().headers("Impersonate-Group"))
                .containsExactly("devs", "ops");
        assertThat(request.getHeaders().headers("Impersonate-Extra-example.com%2Fscope"))
                .containsExactly("a", "b");
    }

    @Test
    void aContextWithoutUserIsAnonymous() throws Exception {
        assertThat(asked("context", "user: ''").getHeader("Authorization")).isNull();
    }

    @Test
    void whatSaysNothingOfTheAccountIsTaken() throws Exception {
        asked("context", "namespace: x, extensions: [{name: y, extension: {z: 1}}]");
        asked("cluster", "disable-compression: true");
    }

    @Test
    void aPluginGivesTheTokenAndMayWarnOnTheSideAndIsAskedAgainWhenItIsRefused() throws Exception {
        plugin(
                """
                echo "WARNING: an update is there" >&2
                echo x >> "$(dirname "$0")/asked"
                test -z "$JWT_SECRET" || exit 9
                echo "$KUBERNETES_EXEC_INFO" > "$(dirname "$0")/info"
                echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1",
                  "status":{"token":"'"$1-$WHO"'"}}'
                """);
        ApiServer api =
                open(
                        "user",
                        "exec: {command: ./plugin, args: [t], env: [{name: WHO, value: me}],"
                                + " apiVersion: client.authentication.k8s.io/v1,"
                                + " provideClusterInfo: true, interactiveMode: Never}");
        assertThat(ask(api).getHeader("Authorization")).isEqualTo("Bearer t-me");
        ask(api);
        assertThat(dir.resolve("asked")).hasContent("x");
        assertThat(Files.readString(dir.resolve("info"))).contains("\"server\":\"" + url());
        server.clearExpectations();
        server.expect().get().withPath("/version").andReturn(401, "").once();
        server.expect().get().withPath("/version").andReturn(200, "{}").once();
        api.once(ApiRequest.get("get /version", "/version"));
        assertThat(Files.readAllLines(dir.resolve("asked"))).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "echo broken >&2; exit 3 | ended with 3: broken",
                "echo s3cr3t | did not answer with JSON",
                "echo '{}' | did not answer with an ExecCredential of client.authentication.k8s.io/v1",
                "echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\"}' | gave no token",
                "echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":{\"clientKeyData\":\"s3cr3t\"}}' | gave a client certificate"
            })
    void aPluginThatGivesNothingIsToldAndNobodyIsAnonymous(String script, String line)
            throws Exception {
        plugin(script);
        ApiServer api =
                open(
                        "user",
                        "exec: {command: ./plugin, apiVersion: client.authentication.k8s.io/v1}");
        assertThatThrownBy(() -> ask(api))
                .hasMessageContaining("its credential plugin")
                .hasMessageContaining(line)
                .hasMessageNotContaining("s3cr3t");
        assertThat(server.getRequestCount()).isZero();
    }

    @Test
    void aPluginThatIsNotThereSaysHowToGetIt() throws Exception {
        ApiServer api =
                open(
                        "user",
                        "exec: {command: ./none, apiVersion: client.authentication.k8s.io/v1beta1,"
                                + " installHint: 'apt install it'}");
        assertThatThrownBy(() -> ask(api)).hasMessageContaining("cannot be run: apt install it");
    }

    @Test
    void theServerIsTrustedAndTheClientKnownByTheirCertificates() throws Exception {
        certificate("server", "rsa:2048", "IP:127.0.0.1");
        certificate("other", "rsa:2048", "DNS:other.example");
        openssl("ecparam -name prime256v1 -genkey -noout -out client.key");
        openssl("req -x509 -key client.key -days 2 -subj /CN=runner -out client.crt");
        String client = "client-certificate: client.crt, client-key: client.key";
        try (SecureServer good = new SecureServer("server");
                SecureServer bad = new SecureServer("other")) {
            String trusting = good.address() + ", certificate-authority: server.crt";
            String data =
                    Base64.getEncoder()
                            .encodeToString(Files.readAllBytes(dir.resolve("server.crt")));
            secure(trusting, client);
            secure(good.address() + ", certificate-authority-data: " + data, client);
            assertThat(good.clients()).containsExactly("CN=runner", "CN=runner");
            assertThatThrownBy(() -> secure(good.address(), client)).hasMessageContaining("TLS");
            assertThatThrownBy(
                            () ->
                                    secure(
                                            bad.address() + ", certificate-authority: other.crt",
                                            client))
                    .as("another host's certificate")
                    .hasMessageContaining("TLS");
            secure(bad.address() + ", insecure-skip-tls-verify: true", client);
            assertThat(bad.clients()).containsExactly("CN=runner");
        }
    }

    private void secure(String cluster, String user) throws Exception {
        open(cluster, user, "").once(ApiRequest.get("get /version", "/version"));
    }

    private void certificate(String name, String key, String host) throws Exception {
        openssl(
                "req -x509 -newkey %s -nodes -days 2 -subj /CN=%s -addext subjectAltName=%s -keyout %s.key -out %s.crt"
                        .formatted(key, name, host, name, name));
    }

    private void openssl(String arguments) throws Exception {
        Process process =
                new ProcessBuilder(("openssl " + arguments).split(" "))
                        .directory(dir.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        assertThat(process.waitFor()).isZero();
    }

    /** Wants a certificate of its clients. */
    private final class SecureServer implements AutoCloseable {

        private final HttpsServer https =
                HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 8);
        private final List<String> clients = new CopyOnWriteArrayList<>();

        private SecureServer(String name) throws Exception {
            SSLContext tls =
                    Tls.context(
                            Files.readString(dir.resolve("client.crt")),
                            false,
                            Files.readString(dir.resolve(name + ".crt")),
                            Files.readString(dir.resolve(name + ".key")));
            https.setHttpsConfigurator(
                    new HttpsConfigurator(tls) {
                        @Override
                        public void configure(HttpsParameters parameters) {
                            SSLParameters wanted = tls.getDefaultSSLParameters();
                            wanted.setNeedClientAuth(true);
                            parameters.setSSLParameters(wanted);
                        }
                    });
            https.createContext(
                    "/",
                    exchange -> {
                        clients.add(
                                ((HttpsExchange) exchange)
                                        .getSSLSession()
                                        .getPeerPrincipal()
                                        .getName());
                        exchange.sendResponseHeaders(200, -1);
                        exchange.close();
                    });
            https.start();
        }

        private String address() {
            return "server: 'https://127.0.0.1:" + https.getAddress().getPort() + "'";
        }

        private List<String> clients() {
            return clients;
        }

        @Override
        public void close() {
            https.stop(0);
        }
    }

    @Test
    void aProxyIsAsked() throws Exception {
        try (ServerSocket proxy = new ServerSocket(0)) {
            CompletableFuture<String> line =
                    CompletableFuture.supplyAsync(
                            () -> {
                                try (Socket client = proxy.accept()) {
                                    byte[] head = new byte[200];
                                    int length = client.getInputStream().read(head);
                                    return new String(head, 0, length, StandardCharsets.US_ASCII);
                                } catch (IOException e) {
                                    throw new IllegalStateException(e);
                                }
                            });
            ApiServer api =
                    open("cluster", "proxy-url: 'http://127.0.0.1:" + proxy.getLocalPort() + "'");
            assertThatThrownBy(() -> ask(api)).isInstanceOf(ApiException.class);
            assertThat(line.get()).startsWith("GET " + url() + "/version HTTP/1.1");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "https://k8s.corp:6443 |                     | true",
                "http://k8s.corp       |                     | false",
                "https://k8s.corp:6443 | corp                | false",
                "https://k8s.corp:6443 | .corp               | false",
                "https://k8s.corp:6443 | other, *            | false",
                "https://k8s.corp:6443 | s.corp              | true",
                "https://10.96.0.1     | 10.0.0.0/8          | false",
                "https://11.96.0.1     | 10.0.0.0/8          | true",
                "https://127.0.0.1:1   |                     | false",
                "https://localhost:1   |                     | false"
            })
    void theProxyOfTheEnvironmentIsTakenUnlessItIsTurnedOff(
            String address, String noProxy, boolean proxied) {
        Map<String, String> environment =
                Map.of("HTTPS_PROXY", "http://p:3128", "no_proxy", noProxy == null ? "" : noProxy);
        URI uri = URI.create(address);
        assertThat(Proxies.before(uri, null, environment).select(uri))
                .allMatch(proxy -> proxied == (proxy.type() == Proxy.Type.HTTP));
    }

    private void plugin(String script) throws IOException {
        Path file = dir.resolve("plugin");
        Files.writeString(file, "#!/bin/sh\n" + script);
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    private RecordedRequest asked(String where, String fields) throws Exception {
        return ask(open(where, fields));
    }

    private RecordedRequest ask(ApiServer api) throws Exception {
        api.once(ApiRequest.get("get /version", "/version"));
        return server.takeRequest();
    }

    private String url() {
        return server.url("/").replaceAll("/$", "");
    }

    /** A file whose context, cluster or user has these fields, which replace what it has. */
    private ApiServer open(String where, String fields) throws IOException {
        String address = "server: '" + url() + "'";
        return switch (where) {
            case "user" -> open(address, fields, "");
            case "cluster" ->
                    open(
                            fields.contains("server:") ? fields : address + ", " + fields,
                            "token: abc",
                            "");
            default -> open(address, "token: abc", fields);
        };
    }

    private ApiServer open(String cluster, String user, String context) throws IOException {
        File file =
                write(
                        """
                        current-context: it
                        clusters:
                        - {name: one, cluster: {%s}}
                        - {name: twice, cluster: {}}
                        - {name: twice, cluster: {}}
                        users:
                        - {name: me, user: {%s}}
                        contexts:
                        - {name: it, context: {%s}}
                        """
                                .formatted(
                                        cluster,
                                        user,
                                        (context.contains("cluster:") ? "" : "cluster: one, ")
                                                + (context.contains("user:") ? "" : "user: me, ")
                                                + context));
        Connection connection = Connections.open(entry(file, null));
        return new ApiServer(
                connection,
                10_000,
                0,
                Duration.ZERO,
                new org.kubenode.progress.cluster.ClusterLimiter(1, new FakeWaiter()),
                new FakeWaiter());
    }

    private File write(String text) throws IOException {
        return Files.writeString(dir.resolve("config"), text).toFile();
    }

    private static ClusterProperties entry(File file, String context) {
        return new ClusterProperties(
                "prod",
                0,
                0,
                List.of(),
                file == null ? null : file.getPath(),
                context,
                500,
                1,
                10,
                Duration.ZERO);
    }
}
