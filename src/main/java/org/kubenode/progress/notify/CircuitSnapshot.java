package org.kubenode.progress.notify;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;

/**
 * What {@code /progress/status}, health and the metrics show of the circuit.
 *
 * @param type the transport: postgres, redis, memory, polling or another's name
 * @param state the present state
 * @param since when it was entered
 * @param attempts failed attempts in a row; 0 once the link is back
 * @param probeMs how long the last probe took to come back, in milliseconds; null before the first
 * @param degradations how often the fast path was given up since this replica started
 * @param connected the component claims to be subscribed
 * @param reason why the state is not REALTIME, or null
 */
public record CircuitSnapshot(
        String type,
        NotifierState state,
        Instant since,
        int attempts,
        @JsonProperty("probe_ms") Double probeMs,
        long degradations,
        boolean connected,
        String reason) {}
