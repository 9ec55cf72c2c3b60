package org.kubenode.progress.notify;

import java.util.Objects;
import java.util.stream.Stream;

/** Says on one line why something failed. */
final class Reasons {

    private Reasons() {}

    /** The message of the innermost cause, or its class where it has none. */
    static String of(Throwable why) {
        if (why == null) {
            return "unknown";
        }
        Throwable cause = causes(why).reduce(why, (outer, inner) -> inner);
        String text = cause.getMessage();
        return text == null || text.isBlank()
                ? cause.getClass().getSimpleName()
                : text.lines().findFirst().orElse(text).strip();
    }

    /** What was thrown, and its causes. */
    static Stream<Throwable> causes(Throwable thrown) {
        return Stream.iterate(thrown, Objects::nonNull, Throwable::getCause).limit(20);
    }
}
