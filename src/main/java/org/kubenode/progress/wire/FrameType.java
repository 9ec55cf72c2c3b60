package org.kubenode.progress.wire;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What a frame tells of its task. */
public enum FrameType {
    /** A node has a result, or something of it is known. */
    PROGRESS,
    /** Every node was tried; some may have failed. */
    COMPLETE,
    /** The batch itself failed or was cancelled. */
    ERROR;

    private final String wireName = name().toLowerCase(Locale.ROOT);

    /** The name in JSON and in the column {@code type}. */
    @JsonValue
    public String wireName() {
        return wireName;
    }

    /** Nothing of the task follows. */
    public boolean terminal() {
        return this != PROGRESS;
    }

    /**
     * The type of that wire name.
     *
     * @throws IllegalArgumentException when there is none
     */
    public static FrameType of(String wireName) {
        for (FrameType type : values()) {
            if (type.wireName.equals(wireName)) {
                return type;
            }
        }
        throw new IllegalArgumentException("type is one of progress, complete, error: " + wireName);
    }
}
