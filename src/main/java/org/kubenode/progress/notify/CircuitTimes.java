package org.kubenode.progress.notify;

/**
 * The two intervals of the circuit that are configuration; the others are constants of {@link
 * Circuit}.
 *
 * @param pollMs between two polls while notifications work, or where polling was asked for: {@code
 *     progress.poll_interval}, in milliseconds, 1 or more
 * @param degradedPollMs between two polls in every other state: {@code
 *     progress.degraded_poll_interval}, in milliseconds, 1 or more
 */
public record CircuitTimes(long pollMs, long degradedPollMs) {

    public CircuitTimes {
        if (pollMs < 1 || degradedPollMs < 1) {
            throw new IllegalArgumentException("an interval is 1 ms or more");
        }
    }
}
