package org.kubenode.progress.webhook;

/** The receiver cannot be reached, is too slow, or says that it cannot now: no end would do. */
public final class NoAnswerException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    NoAnswerException(String why) {
        super(why);
    }
}
