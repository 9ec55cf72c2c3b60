package org.kubenode.progress.cluster;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;

/** A node as {@code GET /clusters/{name}/nodes} lists it. */
public record Node(
        String name,
        boolean ready,
        boolean schedulable,
        List<String> roles,
        Map<String, String> labels,
        List<Map<String, String>> taints,
        @JsonProperty("kubelet_version") String kubeletVersion) {}
