package org.kubenode.progress.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class WrongConfigurationTest {

    @TempDir Path folder;

    private static WrongConfiguration failure(String... args) {
        return catchThrowableOfType(WrongConfiguration.class, () -> Prepared.of(args));
    }

    /** Spring Boot would read kubeadmins and admins, and nobody would have the role. */
    @ParameterizedTest
    @ValueSource(strings = {"jwt.roles.kube_admins", "jwt.roles./admins", "jwt.roles.a b"})
    void aForeignRoleThatCannotBeReadAsWrittenStopsTheStart(String name) {
        assertThat(failure("--" + name + "=admin"))
                .hasMessage(
                        name
                                + " (command line) cannot be read as it is written; allowed: the part"
                                + " behind jwt.roles in quotes and brackets");
        String good = name.replace("jwt.roles.", "jwt.roles[") + "]";
        assertThat(
                        Prepared.of(
                                        "--jwt.secret=a secret of at least thirty-two bytes",
                                        "--" + good + "=admin")
                                .getProperty(good))
                .isEqualTo("admin");
    }

    /** A pattern with a choice in a loop takes a frame of the stack for each character. */
    @Test
    void aLongAddressIsReadAsAShortOne() {
        String address = "https://hooks.example.com/" + "a".repeat(20_000);
        assertThat(
                        Prepared.of(
                                        "--jwt.secret=a secret of at least thirty-two bytes",
                                        "--progress.webhook_url=" + address)
                                .getProperty("progress.webhook_url"))
                .isEqualTo(address);
    }

    /** The whole value, a password, was shown with a stack trace. */
    @Test
    void aPasswordThatLooksLikeAPlaceholderIsNotShown() {
        assertThat(failure("--database.password=s3cr3t${b}"))
                .hasMessageStartingWith("database.password holds a placeholder ${...}")
                .hasMessageNotContaining("s3cr3t")
                .hasNoCause();
        assertThat(
                        Prepared.of(
                                        "--jwt.secret=a secret of at least thirty-two bytes",
                                        "--database.password=s3cr3t\\${b}")
                                .getProperty("database.password"))
                .isEqualTo("s3cr3t${b}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--progress.poll_interval=soon | progress.poll_interval is 'soon' (command line); allowed: milliseconds, or a duration such as 500ms, 10s, 5m, 7d from 50ms to 1h",
                "--progress.poll_interval=1 | progress.poll_interval is '1' (command line); allowed: milliseconds, or a duration such as 500ms, 10s, 5m, 7d from 50ms to 1h",
                "--progress.poll_interval= | progress.poll_interval is '' (command line); allowed: milliseconds, or a duration such as 500ms, 10s, 5m, 7d from 50ms to 1h",
                "--progress.enable_database=maybe | progress.enable_database is 'maybe' (command line); allowed: true or false",
                "--progress.enable_database | progress.enable_database is '' (command line); allowed: true or false",
                "--progress.notify_type=Post_Gres | progress.notify_type is 'Post_Gres' (command line); allowed: postgres, redis, polling or the name of a notify-<name> route",
                "--progress.notify_type=carrier-pigeon | progress.notify_type is 'carrier-pigeon' (command line); allowed: postgres, redis, polling or the name of a notify-<name> route, and no route file is named notify-carrier-pigeon",
                "--server.port=abc | server.port is 'abc' (command line); allowed: a whole number from 0 to 65535",
                "--server.port=70000 | server.port is '70000' (command line); allowed: a whole number from 0 to 65535",
                "--database.type=oracle | database.type is 'oracle' (command line); allowed: postgres, sqlite",
                "--database.port=99999 | database.port is '99999' (command line); allowed: a whole number from 1 to 65535",
                "--database.schema=My-Schema | database.schema is 'My-Schema' (command line); allowed: up to 63 of a-z 0-9 _, beginning with neither a digit nor pg_",
                "--database.schema=pg_ours | database.schema is 'pg_ours' (command line); allowed: up to 63 of a-z 0-9 _, beginning with neither a digit nor pg_",
                "--database.schema=ours --database.pooler=true | database.schema is 'ours' but database.pooler is 'true'; allowed beside it: none, and ALTER ROLE ... SET search_path for database.username instead",
                "--database.schema=ours --database.type=sqlite --database.path=x | database.schema is 'ours' but database.type is 'sqlite'; allowed beside it: none",
                "--database.ssl_mode=maybe | database.ssl_mode is 'maybe' (command line); allowed: disable, allow, prefer, require, verify-ca, verify-full",
                "--progress.max_body_size=huge | progress.max_body_size is 'huge' (command line); allowed: bytes, or a size such as 64KB, 1MB from 1KB to 100MB",
                "--progress.redis.tls=true --progress.redis.tls_cert=c.pem | progress.redis.tls_cert is 'c.pem' and progress.redis.tls_key ''; allowed: both or neither",
                "--progress.redis.addr=redis | progress.redis.addr is 'redis' (command line); allowed: host:port",
                "--progress.redis.sentinel_addrs=a:1,b | progress.redis.sentinel_addrs is '[a:1, b]' (command line); allowed: host:port, several separated by commas",
                "--progress.replica=a/b | progress.replica is 'a/b' (command line); allowed: 1 to 24 of A-Z a-z 0-9 . _ -",
                "--progress.allowed_origins=ops.example.com | progress.allowed_origins is '[ops.example.com]' (command line); allowed: scheme://host or scheme://host:port",
                "--progress.without_database=stop | progress.without_database is 'stop' (command line); allowed: pause, continue",
                "--progress.routes_dir=nowhere | progress.routes_dir is 'nowhere' (command line); allowed: a folder that exists",
                "--progress.batch.concurrency=200 | progress.batch.concurrency is '200'; allowed: at most progress.batch.max_concurrency, which is 100",
                "--progress.websocket.soft_limit=9000 | progress.websocket.hard_limit is '8192'; allowed: more than progress.websocket.soft_limit, which is 9000",
                "--jwt.secret=much-too-short | jwt.secret (command line) has 14 bytes; allowed: 32 or more",
                "--jwt.secret= | jwt.secret is not given; allowed: 32 bytes or more, best by the environment variable JWT_SECRET, or jwt.jwk_set_uri instead",
                "--jwt.jwk_set_uri=keys | jwt.jwk_set_uri is 'keys' (command line); allowed: an http or https address",
                "--jwt.jwk_set_uri=https://id.example.com/{realm} | jwt.jwk_set_uri is 'https://id.example.com/{realm}' (command line); allowed: an http or https address",
                "--progress.webhook_url=file:///etc/passwd | progress.webhook_url is not shown (command line); allowed: an http or https address with a host of a-z 0-9 . -, without user and password",
                "--progress.webhook_url=http://user:hush@hooks.example.com/ | progress.webhook_url is not shown (command line); allowed: an http or https address with a host of a-z 0-9 . -, without user and password",
                "--progress.webhook_url=http://my_host/ | progress.webhook_url is not shown (command line); allowed: an http or https address with a host of a-z 0-9 . -, without user and password",
                "--progress.webhook_url=http://[zz]/ | progress.webhook_url is not shown (command line); allowed: an http or https address with a host of a-z 0-9 . -, without user and password",
                "--progress.webhook_url=http://hooks.example.com:99999/ | progress.webhook_url is not shown (command line); allowed: an http or https address with a host of a-z 0-9 . -, without user and password",
                "--progress.webhook_url=https://hooks.example.com/#a | progress.webhook_url is not shown (command line); allowed: an http or https address with a host of a-z 0-9 . -, without user and password",
                "--progress.webhook_url=https://hooks.example.com/{key} | progress.webhook_url is not shown (command line); allowed: an http or https address with a host of a-z 0-9 . -, without user and password",
                "--jwt.roles.ops=root | jwt.roles[ops] is 'root'; allowed: a map to admin, user or viewer",
                "--jwt.sign_in.client_id=console | jwt.issuer is '' but jwt.sign_in.client_id is given; allowed: the http or https address of the issuer",
                "--grants[0].clusters=test | grants[0] names nobody or nothing; allowed: users or groups, and clusters",
                "--jwt.roles=admin | jwt.roles is 'admin' (command line); allowed: a map to admin, user or viewer",
                "--database.type=sqlite | database.path is '' but database.type is 'sqlite'; allowed: the file of the database",
                "--database.type=sqlite --database.path=x --progress.notify_type=postgres | progress.notify_type is 'postgres' (command line); allowed beside database.type 'sqlite': polling, redis or the name of a notify-<name> route",
                "--clusters[0].name=a --clusters[0].type=simulated --clusters[0].nodes=many | clusters[0].nodes is 'many' (command line); allowed: a whole number from 0 to 1000000",
                "--clusters[0].name=a --clusters[0].type=simulated --clusters[0].latency_ms=-1 | clusters[0].latency_ms is '-1'; allowed: a whole number from 0 to 3600000",
                "--clusters[0].name=a --clusters[0].type=docker | clusters[0].type is 'docker' (command line); allowed: simulated, kubernetes",
                "--clusters[0].name=a | clusters[0].type is not given; allowed: simulated, kubernetes",
                "--clusters[0].type=simulated | clusters[0].name is not given; allowed: up to 63 of A-Z a-z 0-9 . _ -",
                "--clusters[0].name=a --clusters[0].type=simulated --clusters[1].name=a --clusters[1].type=simulated | clusters[1].name is 'a' a second time; allowed: a name of its own",
                "--clusters[0].name=a --clusters[0].type=kubernetes --clusters[0].context=c | clusters[0].context is 'c' without a kubeconfig; allowed: together with clusters[0].kubeconfig",
            })
    void wrongValueIsOneLine(String args, String line, CapturedOutput output) {
        assertThat(failure(args.split(" "))).hasMessage(line);
        assertThat(output.getErr().strip()).isEqualTo(line);
        assertThat(output.getOut()).doesNotContain("Exception");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--progress.notify_typ=redis | progress.notify_typ (command line) is no key of the configuration; did you mean progress.notify_type?",
                "--progress.redis.adr=x | progress.redis.adr (command line) is no key of the configuration; did you mean progress.redis.addr?",
                "--progress.store=postgres | progress.store (command line) is no key of the configuration",
                "--clusters[0].nme=a | clusters[0].nme (command line) is no key of the configuration; did you mean clusters[].name?",
                "--databse.host=a | databse.host (command line) is no key of the configuration; did you mean database.host?",
                "--progress.redis=a | progress.redis (command line) is a group of keys, not a value",
            })
    void unknownKeyIsOneLine(String args, String line, CapturedOutput output) {
        assertThat(failure(args.split(" "))).hasMessage(line);
        assertThat(failure(args.split(" ")).getExitCode()).isEqualTo(2);
        assertThat(output.getErr()).contains(line);
    }

    @Test
    void lineNamesTheFileAndItsLine() throws Exception {
        Path file = folder.resolve("my.yaml");
        Files.writeString(
                file,
                """
                progress:
                  poll_interval: often
                  batch:
                    max_nodes: 0
                """);
        assertThat(failure("--config=" + file).getMessage().lines())
                .containsExactly(
                        "progress.poll_interval is 'often' (%s:2); allowed: milliseconds, or a duration such as 500ms, 10s, 5m, 7d from 50ms to 1h"
                                .formatted(file),
                        "progress.batch.max_nodes is '0' (%s:4); allowed: a whole number from 1 to 1000000"
                                .formatted(file));
        Files.writeString(file, "progress:\n  notify_typo: redis\n");
        WrongConfiguration unknown = failure("--config=" + file);
        assertThat(unknown)
                .hasMessage(
                        "progress.notify_typo (%s:2) is no key of the configuration; did you mean progress.notify_type?",
                        file);
        assertThat(unknown.getExitCode()).isEqualTo(1);
    }

    @Test
    void brokenOrMissingFileIsOneLine() throws Exception {
        assertThat(failure("--config=nowhere.yaml"))
                .hasMessage(
                        "--config is 'nowhere.yaml': no such file; allowed: one YAML file that exists");
        Path file = Files.writeString(folder.resolve("my.yaml"), "a: 1\nb: [1\nc: 2\n");
        assertThat(failure("--config=" + file).getMessage())
                .startsWith("--config is '" + file + "': no valid YAML, line 3: ")
                .hasLineCount(1);
        assertThat(failure("--config=" + folder))
                .hasMessage("--config is '" + folder + "': a folder; allowed: one YAML file");
        Files.write(file, new byte[] {'a', ':', ' ', (byte) 0xE4, '\n'});
        assertThat(failure("--config=" + file))
                .hasMessage("--config is '" + file + "': no UTF-8; allowed: YAML in UTF-8");
        Files.writeString(file, "a: \u0000");
        assertThat(failure("--config=" + file).getMessage())
                .startsWith("--config is '" + file + "': cannot be read: ")
                .hasLineCount(1);
        assertThat(
                        catchThrowableOfType(
                                WrongConfiguration.class,
                                () ->
                                        Prepared.with("PROGRESS_CONFIG", "nowhere.yaml")
                                                .environment()))
                .hasMessageStartingWith("PROGRESS_CONFIG is 'nowhere.yaml'");
    }

    /** A file that is there, and that nobody can read. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void aFileThatCannotBeReadIsOneLine() {
        assertThat(failure("--config=/proc/self/mem").getMessage())
                .matches("--config is '/proc/self/mem': cannot be read: \\S.*");
    }

    @Test
    void secretIsNeverShown(CapturedOutput output) {
        failure("--jwt.secret=hush-hush", "--database.password=hush-hush");
        failure("--progress.redis.password=hush-hush", "--progress.poll_interval=x");
        assertThat(output.getAll()).contains("jwt.secret").doesNotContain("hush");
        Settings settings =
                Settings.bind(
                        Prepared.of("--database.password=hush", "--progress.redis.password=hush"));
        assertThat(settings.toString()).doesNotContain("hush").doesNotContain("for-tests-only");
    }

    @Test
    void unknownVariableIsOnlyWarnedOf() {
        assertThat(
                        UnknownKeys.variables(
                                Prepared.with("PROGRESS_NOTIFY_TYP", "x")
                                        .and("DB_USER", "x")
                                        .and("PROGRESS_PORT_8080_TCP", "tcp://10.0.0.1:8080")
                                        .and("PROGRESS_SERVICE_HOST", "10.0.0.1")
                                        .and("DB_PORT", "5432")
                                        .and("PROGRESS_REDIS_SENTINELADDRS_0", "a:1")
                                        .environment()))
                .containsExactly(
                        "Environment variable DB_USER is none of this application's and not read; did you mean DB_USERNAME?",
                        "Environment variable PROGRESS_NOTIFY_TYP is none of this application's and not read; did you mean PROGRESS_NOTIFY_TYPE?");
    }
}
