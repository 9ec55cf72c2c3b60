package org.kubenode.progress.firstrun;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jwt.SignedJWT;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kubenode.progress.config.JwtProperties;
import org.kubenode.progress.security.AccessToken;

class FirstRunTest {

    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--config=my.yaml",
                "--database.host=db",
                "--database.type=sqlite",
                "--progress.enable_database=false"
            })
    void optionThatBringsADatabaseIsRespected(String option) {
        assertThat(FirstRun.bringsDatabase(new String[] {"--server.port=1", option}, Map.of()))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"DB_HOST", "DB_TYPE", "PROGRESS_CONFIG", "PROGRESS_ENABLE_DATABASE"})
    void variableThatBringsADatabaseIsRespected(String variable) {
        assertThat(FirstRun.bringsDatabase(new String[0], Map.of(variable, "x"))).isTrue();
        assertThat(FirstRun.bringsDatabase(new String[0], Map.of(variable, ""))).isFalse();
    }

    @Test
    void otherSettingsLeaveTheEmbeddedDatabase() {
        assertThat(
                        FirstRun.bringsDatabase(
                                new String[] {"--progress.notify_type=polling"},
                                Map.of("SERVER_PORT", "8081", "JWT_SECRET", "x")))
                .isFalse();
    }

    @Test
    void secretIsMadeOnceAndForItsOwnerAlone() throws Exception {
        Path file = folder.resolve("jwt-secret");
        String secret = Folders.secret(file);
        assertThat(secret).hasSizeGreaterThanOrEqualTo(32).isEqualTo(Folders.secret(file));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(folder.toFile().list()).containsExactly("jwt-secret");
    }

    @Test
    void tokenIsAnAdministrators() throws Exception {
        String secret = "s".repeat(32);
        JwtProperties jwt =
                new JwtProperties(
                        secret, "", "issuer", List.of(), "user_id", "role", Map.of(), List.of(),
                        "groups", "", null);
        SignedJWT token = SignedJWT.parse(AccessToken.of(jwt, "1", "admin"));
        assertThat(token.verify(new MACVerifier(secret))).isTrue();
        assertThat(token.getJWTClaimsSet().getClaims())
                .containsEntry("user_id", 1L)
                .containsEntry("username", "1")
                .containsEntry("role", "admin")
                .containsEntry("type", "access")
                .containsEntry("iss", "issuer");
        assertThat(token.getJWTClaimsSet().getExpirationTime())
                .isAfter(Instant.now().plusSeconds(3_600));
    }
}
