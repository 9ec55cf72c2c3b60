package org.kubenode.progress.config;

/**
 * This process among the replicas.
 *
 * @param id 1 to 24 of {@code A-Z a-z 0-9 . _ -}; different for each process
 */
public record Replica(String id) {}
