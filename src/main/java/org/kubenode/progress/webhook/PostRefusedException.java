package org.kubenode.progress.webhook;

/** The receiver is there and does not want this end: another may be welcome. */
public final class PostRefusedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    PostRefusedException(String why) {
        super(why);
    }
}
