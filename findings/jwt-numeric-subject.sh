#!/usr/bin/env bash
# A JWT's sub may be a number for Nimbus and Spring Security, and becomes a text; a number as iss, jti or aud may not.
. "$(dirname "$0")/lib.bash"
jars org.springframework.security:spring-security-oauth2-jose:6.5.5 com.nimbusds:nimbus-jose-jwt:9.37.4 org.slf4j:slf4j-nop:2.0.17
seen=$(java_says <<'JAVA'
import com.nimbusds.jose.*;
import com.nimbusds.jose.crypto.MACSigner;
import javax.crypto.spec.SecretKeySpec;
import org.springframework.security.oauth2.jwt.*;

class Finding {
    public static void main(String[] args) throws Exception {
        byte[] key = "0123456789abcdef0123456789abcdef".getBytes();
        JwtDecoder decoder = NimbusJwtDecoder.withSecretKey(new SecretKeySpec(key, "HmacSHA256")).build();
        for (String claim : new String[] {"sub", "iss", "jti", "aud"}) {
            JWSObject token = new JWSObject(new JWSHeader(JWSAlgorithm.HS256),
                new Payload("{\"exp\":4000000000,\"" + claim + "\":42}"));
            token.sign(new MACSigner(key));
            String outcome;
            try {
                Object value = decoder.decode(token.serialize()).getClaims().get(claim);
                outcome = value.getClass().getSimpleName() + " " + value;
            } catch (BadJwtException e) {
                outcome = "refused";
            }
            System.out.print(claim + " " + outcome + "; ");
        }
    }
}
JAVA
)
verdict 'Spring Security 6.5.5 with nimbus-jose-jwt 9.37.4: a registered claim of type StringOrURI that is the number 42' \
  'sub refused; iss refused; jti refused; aud refused; ' 'sub String 42; iss refused; jti refused; aud refused; ' "$seen"
