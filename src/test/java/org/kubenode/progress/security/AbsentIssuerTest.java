package org.kubenode.progress.security;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.test.context.TestPropertySource;

/** An issuer whose keys nobody has had yet: no token can be judged, and that is nobody's fault. */
@ExtendWith(OutputCaptureExtension.class)
@TestPropertySource(properties = {"jwt.secret=", "jwt.jwk_set_uri=http://127.0.0.1:1/keys"})
class AbsentIssuerTest extends GuardedTest {

    @Test
    void aTokenThatNobodyCanJudgeIs503AndOneLineOfTheLog(CapturedOutput output) throws Exception {
        RSAKey key = new RSAKeyGenerator(2048).keyID("unknown").generate();
        String token = TestTokens.signed(TestTokens.claims(1, "user"), key);
        for (String path : new String[] {"/api/v1/caller", "/actuator/info", "/elsewhere"}) {
            HttpResponse<String> answer =
                    send(request(path).header("Authorization", "Bearer " + token));
            assertThat(answer.statusCode()).as(path).isEqualTo(503);
            assertThat(answer.headers().firstValue("Retry-After")).contains("5");
            assertThat(answer.body()).contains("keys of the token's issuer");
        }
        assertThat(output.getAll()).containsOnlyOnce("jwt.jwk_set_uri cannot be read");
        assertThat(output.getAll()).doesNotContain("AuthenticationServiceException");
    }
}
