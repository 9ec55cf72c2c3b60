package org.kubenode.progress.problem;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.UncheckedIOException;
import org.springframework.http.HttpStatus;

/**
 * What a client is told when its request fails: the members of RFC 9457, and the field at fault.
 *
 * @param type always {@code about:blank}: the status says what kind of problem it is (RFC 9457,
 *     section 4.2.1)
 * @param title the status in words, the same for every problem of one status
 * @param status the HTTP status, 400 to 599
 * @param detail one sentence for the person who sent the request, or null; never a secret, never
 *     what the client sent in a header; shown as {@link ShownText}
 * @param field the name of the field, parameter or header at fault as documented, or null when it
 *     is none of them
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Problem(String type, String title, int status, String detail, String field) {

    /** The media type of {@link #toJson()}. */
    public static final String MEDIA_TYPE = "application/problem+json";

    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * A problem of a status.
     *
     * @param status 400 to 599
     * @param field the field at fault, or null
     * @param detail one sentence, or null
     */
    public static Problem of(int status, String field, String detail) {
        HttpStatus known = HttpStatus.resolve(status);
        String title = known == null ? "Error" : known.getReasonPhrase();
        return new Problem(
                "about:blank", title, status, ShownText.line(detail), ShownText.line(field));
    }

    /**
     * The problem that an exception carries, itself or as a cause; for any other exception a 500
     * that tells nothing of it, because its message may hold what a client must not see.
     */
    public static Problem from(Throwable thrown) {
        int depth = 0;
        for (Throwable cause = thrown;
                cause != null && depth < 16;
                cause = cause.getCause(), depth++) {
            if (cause instanceof ProblemException found) {
                return found.problem();
            }
        }
        return of(500, null, "The request could not be served; the log of the replica says why.");
    }

    /** This problem as one JSON object, to be sent as {@value #MEDIA_TYPE}. */
    public String toJson() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
