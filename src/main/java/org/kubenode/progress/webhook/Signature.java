package org.kubenode.progress.webhook;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** HMAC-SHA256, in Base64. */
final class Signature {

    private static final String PREFIX = "whsec_";

    private Signature() {}

    /**
     * As standardwebhooks.com has it: over id, time and body, so that neither can be exchanged and
     * a receiver can refuse what is old.
     *
     * @param secret a text, or {@code whsec_} and the key in Base64
     * @param seconds of the epoch
     */
    static String of(String secret, String id, long seconds, String body) {
        return "v1," + hmac(key(secret), id + "." + seconds + "." + body);
    }

    /**
     * As bots of Feishu and Lark want it in the body: the text is the key, and nothing is signed.
     */
    static String ofFeishu(String secret, long seconds) {
        return hmac((seconds + "\n" + secret).getBytes(StandardCharsets.UTF_8), "");
    }

    private static byte[] key(String secret) {
        return secret.startsWith(PREFIX)
                ? Base64.getDecoder().decode(secret.substring(PREFIX.length()))
                : secret.getBytes(StandardCharsets.UTF_8);
    }

    private static String hmac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return Base64.getEncoder()
                    .encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
