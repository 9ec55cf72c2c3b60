package org.kubenode.progress.problem;

/** Ends a request with a {@link Problem}. Whatever handles it answers with {@link #problem()}. */
public class ProblemException extends RuntimeException {

    private final transient Problem problem;

    /**
     * @param status the HTTP status, 400 to 599
     * @param field the field, parameter or header at fault, or null
     * @param detail one sentence for the client; goes to the log as this exception's message
     */
    public ProblemException(int status, String field, String detail) {
        super(detail);
        this.problem = Problem.of(status, field, detail);
    }

    /** What the client is told. */
    public Problem problem() {
        return problem;
    }

    /** The HTTP status, 400 to 599. */
    public int status() {
        return problem.status();
    }
}
