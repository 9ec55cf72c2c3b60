package org.kubenode.progress.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.Map;

/** What {@code /openapi.json} shows of the answer to a batch; {@link TaskJson} writes it. */
@Schema(name = "Accepted")
public record BatchAccepted(
        @JsonProperty("task_id") @Schema(description = "UUID version 7") String taskId,
        String action,
        @JsonProperty("cluster_name") String clusterName,
        int total,
        @Schema(description = "running, or pending while no replica has room") String status,
        @Schema(description = "false: accepted without the database, lost if the replica dies")
                boolean durable,
        @Schema(description = "self, messages and cancel") Map<String, String> links) {}
