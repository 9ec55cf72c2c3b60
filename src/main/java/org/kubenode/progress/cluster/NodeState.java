package org.kubenode.progress.cluster;

/**
 * What a roll has to know of a node.
 *
 * @param cordoned whether new pods stay away
 * @param bootId changes with each start of its system; null where it is not told
 * @param readySince when its Ready condition changed last, ISO 8601 as the cluster tells it, or
 *     null
 */
public record NodeState(boolean cordoned, boolean ready, String bootId, String readySince) {}
