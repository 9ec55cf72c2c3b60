package org.kubenode.progress.security;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.kubenode.progress.config.GrantsProperties;
import org.kubenode.progress.config.JwtProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Import;

class TokenConfigurationTest {

    private final ApplicationContextRunner application =
            new ApplicationContextRunner().withUserConfiguration(Application.class);

    @EnableConfigurationProperties({JwtProperties.class, GrantsProperties.class})
    @Import(TokenConfiguration.class)
    static class Application {}

    @Test
    void aSecretUnder32BytesStopsTheStartAndIsNotShown() {
        String secret = "thirty-one bytes of a secret...";
        assertThat(secret).hasSize(31);
        application
                .withPropertyValues("jwt.secret=" + secret)
                .run(
                        context ->
                                assertThat(context.getStartupFailure())
                                        .rootCause()
                                        .hasMessage(
                                                "jwt.secret has 31 bytes; it needs at least 32 (or give"
                                                        + " jwt.jwk_set_uri)"));
        application.run(context -> assertThat(context).hasFailed());
    }

    @Test
    void aSecretOf32BytesOrAKeySetStarts() {
        application
                .withPropertyValues("jwt.secret=thirty-two bytes of a secret, ok")
                .run(context -> assertThat(context).hasNotFailed());
        application
                .withPropertyValues("jwt.jwk_set_uri=https://issuer.example/keys")
                .run(context -> assertThat(context).hasNotFailed());
    }
}
