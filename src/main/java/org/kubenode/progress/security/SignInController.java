package org.kubenode.progress.security;

import java.util.LinkedHashMap;
import java.util.Map;
import org.kubenode.progress.config.JwtProperties;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Where the console may sign in; nothing secret, so for everybody. */
@RestController
class SignInController {

    private final JwtProperties jwt;

    SignInController(JwtProperties jwt) {
        this.jwt = jwt;
    }

    /** 200 with the issuer and the console's client there, or 204: tokens are pasted. */
    @GetMapping(SecurityConfiguration.SIGN_IN)
    ResponseEntity<Map<String, String>> offer() {
        if (jwt.signIn().clientId().isEmpty()) {
            return ResponseEntity.noContent().build();
        }
        Map<String, String> offer = new LinkedHashMap<>();
        offer.put("issuer", jwt.issuer());
        offer.put("client_id", jwt.signIn().clientId());
        offer.put("scope", jwt.signIn().scope());
        jwt.audience().stream().findFirst().ifPresent(api -> offer.put("audience", api));
        return ResponseEntity.ok(offer);
    }
}
