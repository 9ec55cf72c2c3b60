package org.kubenode.progress.problem;

/** A request is at fault: what an RFC 9457 problem detail says about it. */
public class ProblemException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int status;
    private final String field;

    /**
     * @param status the HTTP status, 400 to 599
     * @param field the field of the request at fault, or null when it is none in particular
     * @param detail what is wrong and what is allowed, for the caller to read
     */
    public ProblemException(int status, String field, String detail) {
        super(detail);
        this.status = status;
        this.field = field;
    }

    public int status() {
        return status;
    }

    public String field() {
        return field;
    }

    public String detail() {
        return getMessage();
    }
}
