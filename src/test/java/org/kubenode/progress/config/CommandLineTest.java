package org.kubenode.progress.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jwt.SignedJWT;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kubenode.progress.security.AccessToken;
import org.yaml.snakeyaml.Yaml;

class CommandLineTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private OptionalInt answer(String... args) {
        return CommandLine.answer(
                CommandLineTest.class,
                args,
                AccessToken::of,
                new PrintStream(out, true),
                new PrintStream(err, true));
    }

    @Test
    void helpNamesEveryKey() {
        assertThat(answer("--help")).hasValue(0);
        assertThat(out.toString()).contains("--config=FILE", "--print-config");
        for (Key key : Keys.all()) {
            if (!key.type().isRecord()) {
                assertThat(out.toString()).contains("  " + key.name() + " [");
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--hlep | --hlep is no option (did you mean --help?); --help explains them",
                "--port=8081 | --port is no option; --help explains them",
                "--progres.notify_type=redis | --progres.notify_type is no option (did you mean --progress.notify_type?); --help explains them",
                "config.yaml | 'config.yaml' is no option; options begin with --, and --help explains them",
                "-config=x | '-config=x' is no option; options begin with --, and --help explains them",
                "--config | --config needs a file: --config=FILE",
                "--token=user=1 | --token takes no value; --help explains it",
                "--version=1 | --version takes no value; --help explains it",
                "--print-config=yaml | --print-config takes no value; --help explains it",
            })
    void badOptionIsOneLineAndExitCode2(String arg, String line) {
        assertThat(answer(arg)).hasValue(2);
        assertThat(err.toString().strip()).isEqualTo(line);
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void hiddenCharactersAreWrittenOut() {
        assertThat(answer("--\u202eport\u001b[31m=1")).hasValue(2);
        assertThat(err.toString()).startsWith("--\\u202eport\\u001b");
        assertThat(answer("--print-config", "--database.username=ad\u202emin")).hasValue(0);
        assertThat(out.toString()).contains("username: \"ad\\u202emin\"  # command line");
        assertThat(new Yaml().<Object>load(out.toString()).toString()).contains("ad\u202emin");
    }

    @Test
    void goodOptionsStartTheApplication() {
        assertThat(
                        answer(
                                "--config=x.yaml",
                                "--server.port=1",
                                "--spring.x=1",
                                "--clusters[0].name=a",
                                "--debug"))
                .isEmpty();
    }

    @Test
    void keysOfAddedRoutesAreOptions(@TempDir Path routes) throws Exception {
        String folder = "--progress.routes_dir=" + routes;
        assertThat(answer(folder, "--reboot.url=http://reboot")).hasValue(2);
        Files.copy(
                Path.of("docs", "examples", "22-node-reboot.camel.yaml"),
                routes.resolve("22-node-reboot.camel.yaml"));
        assertThat(answer(folder, "--reboot.url=http://reboot", "--reboot.timeout=5")).isEmpty();
        assertThat(answer(folder, "--rebot.url=http://reboot")).hasValue(2);
    }

    @Test
    void printedConfigurationSaysWhereEachValueCameFromAndMasksSecrets() {
        assertThat(
                        answer(
                                "--print-config",
                                "--config=" + Path.of("configs", "config-redis-sentinel.yaml"),
                                "--database.password=hush",
                                "--progress.redis.password=hush",
                                "--jwt.secret=hush-hush-hush-hush-hush-hush-hush",
                                "--jwt.jwk_set_uri=https://user:hush@keys.example.com/set",
                                "--progress.batch.concurrency=7",
                                "--progress.poll_interval=5s"))
                .hasValue(0);
        String yaml = out.toString();
        assertThat(yaml)
                .doesNotContain("hush")
                .contains("  password: \"******\"  # command line")
                .contains("  secret: \"******\"  # command line")
                .contains("    concurrency: 7  # command line")
                .contains("  poll_interval: 5000  # command line")
                .contains("  lease: 10000  # default")
                .containsPattern("  notify_type: redis  # configs.config-redis-sentinel.yaml:\\d+")
                .contains("progress.transport = redis");
        assertThat(yaml.lines().filter(line -> !line.endsWith(":")))
                .as("each value says where it came from")
                .allMatch(line -> line.contains("# "));
        assertThat(new Yaml().<Object>load(yaml)).hasToString(new Yaml().load(yaml).toString());
    }

    @Test
    void wrongConfigurationIsNotPrinted() {
        assertThat(answer("--print-config", "--database.port=x")).hasValue(1);
        assertThat(answer("--print-config", "--database.prt=1")).hasValue(2);
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void versionIsOneLine() {
        assertThat(answer("--version")).hasValue(0);
        assertThat(out.toString()).matches("kube-node-progress \\S.*\\R");
    }

    /** With the claims that this very configuration looks for. */
    @Test
    void tokenIsOneThatTheConfigurationTakes() throws Exception {
        String secret = "a secret of at least thirty-two bytes";
        assertThat(
                        answer(
                                "--token",
                                "user=ana",
                                "role=viewer",
                                "--jwt.secret=" + secret,
                                "--jwt.role_claim=realm_access.roles",
                                "--jwt.roles[watchers]=viewer",
                                "--jwt.issuer=https://id.example.com",
                                "--jwt.audience=kube"))
                .hasValue(0);
        SignedJWT token = SignedJWT.parse(out.toString().strip());
        assertThat(token.verify(new MACVerifier(secret))).isTrue();
        assertThat(token.getJWTClaimsSet().getClaims())
                .containsEntry("user_id", "ana")
                .containsEntry("realm_access.roles", "watchers")
                .containsEntry("iss", "https://id.example.com")
                .containsEntry("aud", List.of("kube"))
                .containsEntry("type", "access");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            value = {
                "--token --jwt.secret=a-secret-of-at-least-thirty-two-bytes ! 2 ! --token has user '' and role ''; allowed: --token user=<id> role=admin|user|viewer",
                "--token user=1 role=root --jwt.secret=a-secret-of-at-least-thirty-two-bytes ! 2 ! --token has user '1' and role 'root'; allowed: --token user=<id> role=admin|user|viewer",
                "--token user=1 role=user --jwt.jwk_set_uri=https://id.example.com/keys ! 1 ! --token: a token needs jwt.secret; with jwt.jwk_set_uri the identity provider gives them",
                "user=1 ! 2 ! 'user=1' is no option; options begin with --, and --help explains them",
            })
    void aTokenThatCannotBeMadeIsOneLine(String args, int code, String line) {
        assertThat(answer(args.split(" "))).hasValue(code);
        assertThat(err.toString().strip()).isEqualTo(line);
        assertThat(out.toString()).isEmpty();
    }
}
