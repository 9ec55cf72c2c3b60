package org.kubenode.progress.cluster.kubernetes;

import java.time.Duration;
import java.util.Set;
import org.kubenode.progress.cluster.NodeOperationException;

/** An API server refused a request or did not answer; the message carries no credential. */
final class ApiException extends NodeOperationException {

    private static final long serialVersionUID = 1L;

    /** The status of a request that had no answer. */
    static final int NO_ANSWER = 0;

    private static final Set<Integer> PASSING = Set.of(NO_ANSWER, 409, 429, 500, 502, 503, 504);

    private final int status;
    private final Set<String> causes;
    private final Duration retryAfter;
    private final boolean overload;
    private final boolean doubtful;

    /**
     * @param causes the reasons of {@code details.causes}, for example {@code DisruptionBudget}
     * @param retryAfter what the server wishes, or null
     * @param overload whether it says that it has too much to do
     * @param doubtful whether it denies a right that was there a moment ago
     */
    ApiException(
            int status,
            String message,
            Set<String> causes,
            Duration retryAfter,
            boolean overload,
            boolean doubtful) {
        super(message);
        this.status = status;
        this.causes = causes;
        this.retryAfter = retryAfter;
        this.overload = overload;
        this.doubtful = doubtful;
    }

    static ApiException noAnswer(String message) {
        return new ApiException(NO_ANSWER, message, Set.of(), null, false, false);
    }

    /** The HTTP status, or {@link #NO_ANSWER}. */
    int status() {
        return status;
    }

    Duration retryAfter() {
        return retryAfter;
    }

    boolean hasCause(String reason) {
        return causes.contains(reason);
    }

    /** Whether the same request may succeed later. */
    boolean mayPass() {
        return doubtful || PASSING.contains(status);
    }

    boolean isOverload() {
        return overload;
    }

    boolean isDoubtful() {
        return doubtful;
    }

    ApiException afterTries(int tries) {
        return tries == 1
                ? this
                : new ApiException(
                        status,
                        getMessage() + " (after " + tries + " tries)",
                        causes,
                        retryAfter,
                        overload,
                        doubtful);
    }
}
