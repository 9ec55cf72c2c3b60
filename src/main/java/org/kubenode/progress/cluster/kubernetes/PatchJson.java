package org.kubenode.progress.cluster.kubernetes;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

/** Writes patches; in them a null means something, so it is written. */
final class PatchJson {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private PatchJson() {}

    static String of(Object patch) {
        try {
            return MAPPER.writeValueAsString(patch);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a patch of maps and lists cannot fail to be JSON", e);
        }
    }
}
