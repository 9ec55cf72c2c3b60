package org.kubenode.progress.cluster;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;

/**
 * A node as {@code GET /clusters/{name}/nodes} lists it.
 *
 * @param createdAt ISO 8601, or null
 * @param cordonReason why it is out of service, where an annotation says so, or null
 * @param cordonAnnotation which annotation, ours or another program's, or null
 */
public record Node(
        String name,
        boolean ready,
        boolean schedulable,
        List<String> roles,
        Map<String, String> labels,
        List<Map<String, String>> taints,
        @JsonProperty("kubelet_version") String kubeletVersion,
        @JsonProperty("created_at") String createdAt,
        @JsonProperty("cordon_reason") String cordonReason,
        @JsonProperty("cordon_annotation") String cordonAnnotation) {}
