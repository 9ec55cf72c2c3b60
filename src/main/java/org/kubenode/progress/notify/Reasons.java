package org.kubenode.progress.notify;

/** Says on one line why something failed. */
final class Reasons {

    private Reasons() {}

    /** The message of the innermost cause, or its class where it has none. */
    static String of(Throwable why) {
        if (why == null) {
            return "unknown";
        }
        Throwable cause = why;
        for (int depth = 0; cause.getCause() != null && depth < 20; depth++) {
            cause = cause.getCause();
        }
        String text = cause.getMessage();
        return text == null || text.isBlank()
                ? cause.getClass().getSimpleName()
                : text.lines().findFirst().orElse(text).strip();
    }
}
