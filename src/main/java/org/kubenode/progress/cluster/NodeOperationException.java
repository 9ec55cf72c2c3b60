package org.kubenode.progress.cluster;

/** A node operation failed; the message is for the operator and carries no credential. */
public class NodeOperationException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public NodeOperationException(String message) {
        super(message);
    }

    public NodeOperationException(String message, Throwable cause) {
        super(message, cause);
    }
}
