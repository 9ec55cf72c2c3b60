package org.kubenode.progress.subscription;

import java.util.LinkedHashSet;
import java.util.Set;

/** One line for a log: what failed, and below it the first cause that says more. */
public final class Reason {

    private Reason() {}

    public static String of(Throwable failure) {
        Set<String> told = new LinkedHashSet<>();
        Throwable root = failure;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        told.add(text(failure));
        told.add(text(root));
        return String.join(": ", told);
    }

    private static String text(Throwable failure) {
        String message = failure.getMessage();
        return message == null || message.isBlank()
                ? failure.getClass().getSimpleName()
                : message.lines().findFirst().orElse(message);
    }
}
