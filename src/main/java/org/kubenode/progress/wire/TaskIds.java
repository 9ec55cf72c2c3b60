package org.kubenode.progress.wire;

import java.time.Instant;
import java.util.UUID;
import java.util.regex.Pattern;

/** The form of a task's id, and what it says. */
public final class TaskIds {

    private static final Pattern FORM =
            Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

    private TaskIds() {}

    /**
     * Whether a text can be the id of a task, a UUID in lower case as every answer writes it: else
     * there is no such task, and nobody has to be asked.
     */
    public static boolean isTaskId(String text) {
        return text != null && text.length() == 36 && FORM.matcher(text).matches();
    }

    /**
     * When a UUID of version 7 was made, which it begins with, in milliseconds: lists look for it
     * there.
     */
    public static Instant madeAt(UUID id) {
        return Instant.ofEpochMilli(id.getMostSignificantBits() >>> 16);
    }
}
