package org.kubenode.progress.security;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.kubenode.progress.problem.ProblemException;
import org.springframework.http.ResponseCookie;

/**
 * The sessions that {@code POST /api/v1/session} began on this replica: an unguessable id in the
 * cookie stands for a token that stays here. A user has at most {@value #MOST_OF_ONE}, then the
 * user's own oldest goes; in all there are at most {@value #MOST}, then nobody begins another. They
 * end with the replica, like the JVM that Hawtio shows.
 */
final class CookieSessions {

    static final String COOKIE = "progress-session";

    private static final int MOST = 1_000;
    private static final int MOST_OF_ONE = 5;
    private static final int ID_BYTES = 32;

    private final SecureRandom random = new SecureRandom();
    private final Map<String, Session> sessions = new LinkedHashMap<>();
    private final Clock clock;

    CookieSessions(Clock clock) {
        this.clock = clock;
    }

    /**
     * Begins a session for a verified token and returns its id.
     *
     * @throws ProblemException 503 when there are too many of all users
     */
    synchronized String begin(String userId, String token, Instant expiresAt) {
        Instant now = clock.instant();
        sessions.values().removeIf(session -> !now.isBefore(session.expiresAt()));
        List<String> own =
                sessions.entrySet().stream()
                        .filter(session -> session.getValue().userId().equals(userId))
                        .map(Map.Entry::getKey)
                        .toList();
        if (own.size() >= MOST_OF_ONE) {
            sessions.remove(own.get(0));
        } else if (sessions.size() >= MOST) {
            throw new ProblemException(503, null, "There are too many sessions.");
        }
        byte[] id = new byte[ID_BYTES];
        random.nextBytes(id);
        String text = Base64.getUrlEncoder().withoutPadding().encodeToString(id);
        sessions.put(text, new Session(userId, token, expiresAt));
        return text;
    }

    /**
     * The token that a session stands for, or null when there is none of this id. The token may
     * have expired.
     */
    synchronized String token(String id) {
        Session session = sessions.get(id);
        return session == null ? null : session.token();
    }

    synchronized void end(String id) {
        sessions.remove(id);
    }

    /** Ends those of a user, and returns how many there were. */
    synchronized int endAll(String userId) {
        int before = sessions.size();
        sessions.values().removeIf(session -> session.userId().equals(userId));
        return before - sessions.size();
    }

    /**
     * The cookie that carries a session's id.
     *
     * @param id empty to take the cookie away
     * @param age how long the browser keeps it; zero to take it away
     */
    static ResponseCookie cookie(String id, Duration age, boolean secure) {
        return ResponseCookie.from(COOKIE, id)
                .path("/")
                .httpOnly(true)
                .sameSite("Strict")
                .secure(secure)
                .maxAge(age)
                .build();
    }

    private record Session(String userId, String token, Instant expiresAt) {}
}
