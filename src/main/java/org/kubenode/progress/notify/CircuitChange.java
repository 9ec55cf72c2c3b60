package org.kubenode.progress.notify;

/**
 * One change of state, told once.
 *
 * @param type the transport: postgres, redis, memory, polling or another's name
 * @param from the state that was left; null for the one the circuit starts in
 * @param to the state that was entered
 * @param why one line for people, or null where there is nothing to explain
 * @param atStart the link has never worked since this replica started
 * @param degradation the fast path was given up with this change: REALTIME was left, or was not
 *     reached at start
 */
public record CircuitChange(
        String type,
        NotifierState from,
        NotifierState to,
        String why,
        boolean atStart,
        boolean degradation) {}
