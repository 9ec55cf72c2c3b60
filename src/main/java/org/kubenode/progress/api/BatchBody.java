package org.kubenode.progress.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import java.util.Map;

/**
 * What {@code /openapi.json} shows of the body of a batch; {@link BatchRequests} reads and checks
 * it. An option that the operation does not have is refused.
 */
@Schema(
        name = "Batch",
        example =
                "{\"cluster_name\":\"test\",\"node_names\":[\"node-1\",\"node-2\"],\"concurrency\":10,"
                        + "\"reason\":\"kernel update\"}")
public record BatchBody(
        @JsonProperty("cluster_name")
                @Schema(
                        requiredMode = Schema.RequiredMode.REQUIRED,
                        description = "One of GET /clusters",
                        example = "test")
                String clusterName,
        @JsonProperty("node_names")
                @Schema(description = "Names of nodes; nodes is read as the same field")
                List<String> nodeNames,
        @Schema(
                        description =
                                "Instead of names: a label selector, which chooses once, when the"
                                        + " request comes",
                        example = "pool=blue,!gpu")
                String selector,
        @Schema(description = "Nodes at once", example = "10") Integer concurrency,
        @Schema(description = "Why; cordon keeps it on the node", example = "kernel update")
                String reason,
        @JsonProperty("dry_run")
                @Schema(description = "The API server checks everything and stores nothing")
                Boolean dryRun,
        @JsonProperty("stop_after_failures")
                @Schema(description = "No further node is started once so many have failed")
                Integer stopAfterFailures,
        @JsonProperty("pause_after_failures")
                @Schema(description = "It pauses each time so many more have failed")
                Integer pauseAfterFailures,
        @JsonProperty("starts_at")
                @Schema(
                        description = "It waits until then; within 30 days",
                        example = "2026-11-23T22:00:00+01:00")
                String startsAt,
        @Schema(description = "label: keys and values; null removes") Map<String, String> labels,
        @Schema(description = "taint: key, value, effect, and remove: true to take it away")
                List<Map<String, Object>> taints,
        @Schema(description = "drain: evict pods that nothing would replace") Boolean force,
        @JsonProperty("ignore_daemonsets")
                @Schema(description = "drain: leave the pods of DaemonSets")
                Boolean ignoreDaemonsets,
        @JsonProperty("delete_emptydir_data")
                @Schema(description = "drain: evict pods whose emptyDir is lost with them")
                Boolean deleteEmptydirData,
        @JsonProperty("grace_period_seconds") @Schema(description = "drain: instead of the pod's")
                Integer gracePeriodSeconds,
        @JsonProperty("timeout_seconds")
                @Schema(description = "drain: a node fails after so long; 0: never")
                Integer timeoutSeconds,
        @JsonProperty("pod_selector")
                @Schema(description = "drain: a label selector of the pods that go")
                String podSelector,
        @JsonProperty("skip_wait_for_delete_timeout_seconds")
                @Schema(description = "drain: pods overdue by more are not waited for; 0: all are")
                Integer skipWaitForDeleteTimeoutSeconds,
        @JsonProperty("disable_eviction")
                @Schema(
                        description =
                                "drain, by admins: delete pods past their disruption budgets; needs"
                                        + " confirm_disable_eviction")
                Boolean disableEviction,
        @JsonProperty("confirm_disable_eviction")
                @Schema(description = "drain: beside disable_eviction")
                Boolean confirmDisableEviction,
        @JsonProperty("max_draining")
                @Schema(
                        description = "drain: how many may be draining at once, a number or 10%",
                        example = "10%")
                String maxDraining,
        @Schema(description = "roll: the operation of one's own to run on each drained node")
                String step,
        @JsonProperty("step_options") @Schema(description = "roll: the options of that operation")
                Map<String, Object> stepOptions,
        @JsonProperty("max_unavailable")
                @Schema(
                        description =
                                "roll: how many may be out of service at once, the failed ones with"
                                        + " them, a number or 10%; default 1")
                String maxUnavailable,
        @JsonProperty("ready_timeout_seconds")
                @Schema(description = "roll: how long until a node is Ready again; default 600")
                Integer readyTimeoutSeconds) {}
