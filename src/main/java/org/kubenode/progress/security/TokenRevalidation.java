package org.kubenode.progress.security;

import com.nimbusds.jose.JOSEException;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.authentication.AuthenticationServiceException;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;

/**
 * Closes what was opened with a token that no longer counts: it expired, or its key was taken out
 * of the issuer's set. Called every 20 s it closes such a socket within 40 s.
 */
public class TokenRevalidation {

    /** The close code of a token that is missing, wrong or expired. */
    public static final int CODE = 4401;

    private static final Logger LOG = LoggerFactory.getLogger(TokenRevalidation.class);

    private final Tokens tokens;
    private final IssuerKeys keys;
    private final Clock clock;
    private Set<String> lastSeen;

    TokenRevalidation(Tokens tokens, IssuerKeys keys, Clock clock) {
        this.tokens = tokens;
        this.keys = keys;
        this.clock = clock;
    }

    /**
     * Whether a principal's token still counts. An issuer that cannot be reached takes nothing away
     * from a token that was verified before.
     */
    public boolean stillValid(ProgressPrincipal principal) {
        if (principal.refusal() != null || !clock.instant().isBefore(principal.expiresAt())) {
            return false;
        }
        try {
            tokens.read(principal.token());
            return true;
        } catch (OAuth2AuthenticationException e) {
            return false;
        } catch (AuthenticationServiceException e) {
            LOG.debug("Open sockets keep their tokens: {}", e.getMessage());
            return true;
        }
    }

    /**
     * Closes the sessions whose token no longer counts, with 4401. Signatures are verified again
     * only after the issuer's keys have changed; a secret never does while the replica runs.
     *
     * @return how many were closed
     */
    synchronized int closeRevoked(Iterable<? extends OpenSession> sessions) {
        boolean keysChanged = keysChanged();
        Map<String, Boolean> verdicts = new HashMap<>();
        int closed = 0;
        for (OpenSession session : sessions) {
            if (session.principal() instanceof ProgressPrincipal principal
                    && principal.refusal() == null) {
                boolean valid =
                        clock.instant().isBefore(principal.expiresAt())
                                && (!keysChanged
                                        || verdicts.computeIfAbsent(
                                                principal.token(), token -> stillValid(principal)));
                if (!valid) {
                    session.close(CODE, "the token is no longer valid");
                    closed++;
                }
            }
        }
        return closed;
    }

    private boolean keysChanged() {
        if (!keys.present()) {
            return false;
        }
        try {
            Set<String> present = keys.thumbprints();
            boolean changed = !present.equals(lastSeen);
            lastSeen = present;
            return changed;
        } catch (JOSEException e) {
            LOG.debug("The issuer's keys cannot be had: {}", e.getMessage());
            return false;
        }
    }
}
