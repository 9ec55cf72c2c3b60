package org.kubenode.progress.config;

import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/** The clusters that batches may run on. */
@ConfigurationProperties
public record ClustersProperties(
        @Doc("The clusters that batches may run on.") @DefaultValue List<Entry> clusters) {

    /** One cluster. */
    public record Entry(
            @Doc(
                            value = "The name that requests use; needed, and different for each.",
                            pattern = "[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?",
                            allowed = "up to 63 of A-Z a-z 0-9 . _ -",
                            unset = "an error")
                    String name,
            @Doc(
                            value = "Whether it is a real cluster or a simulated one; needed.",
                            unset = "an error")
                    Type type,
            @Doc(
                            value = "Simulated: how many nodes, `node-1` to `node-N`.",
                            min = "0",
                            max = "1000000")
                    @DefaultValue("0")
                    int nodes,
            @Doc(
                            value = "Simulated: how long one operation takes, in milliseconds.",
                            min = "0",
                            max = "3600000")
                    @DefaultValue("0")
                    int latencyMs,
            @Doc("Simulated: nodes on which every operation fails.") @DefaultValue
                    List<String> failingNodes,
            @Doc(
                            value = "Kubernetes: the kubeconfig file.",
                            unset = "the in-cluster service account")
                    @DefaultValue("")
                    String kubeconfig,
            @Doc(
                            value = "Kubernetes: the context in the kubeconfig.",
                            unset = "its current context")
                    @DefaultValue("")
                    String context,
            @Doc(
                            value = "Kubernetes: how long one request may take, in milliseconds.",
                            min = "100",
                            max = "600000")
                    @DefaultValue("10000")
                    int requestTimeoutMs,
            @Doc(
                            value =
                                    "Kubernetes: how often a request is repeated after 409, 429,"
                                            + " 5xx or no answer.",
                            min = "0",
                            max = "20")
                    @DefaultValue("5")
                    int maxRetries,
            @Doc(
                            value =
                                    "How many of its nodes this replica works on at once, over all"
                                            + " batches; it adapts below that to the API server's"
                                            + " answers.",
                            min = "1",
                            max = "1000")
                    @DefaultValue("100")
                    int concurrency,
            @Doc(
                            value =
                                    "When batches may start its nodes, each a cron expression of six"
                                            + " fields, how long it stays open and the time zone;"
                                            + " what runs when it closes ends. Dry runs are free.",
                            allowed =
                                    "such as 0 0 22 * * SAT 6h Europe/Berlin, with a duration from"
                                            + " 1s to 7d",
                            unset = "always")
                    @DefaultValue
                    List<MaintenanceWindow> windows,
            @Doc(
                            "Whether a batch of more than `progress.confirm_above` of its nodes waits"
                                    + " until a second person approves it. Dry runs do not.")
                    @DefaultValue("false")
                    boolean approval) {}

    /** Where operations of a cluster go. */
    public enum Type {
        SIMULATED,
        KUBERNETES
    }
}
