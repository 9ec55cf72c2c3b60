package org.kubenode.progress.server;

import java.time.Duration;

/**
 * What one peer may take of the server.
 *
 * @param head how long the head of a request may take, from its first byte
 * @param patience how long a body or an answer may take, whatever its size
 * @param bytesPerSecond what has to come, or to be taken, in the time after that
 * @param requests at once of one user; more are 429
 * @param heldBytes of unfinished bodies and answers in all; a user, or an address without one, may
 *     have half
 */
public record PeerLimits(
        Duration head, Duration patience, int bytesPerSecond, int requests, long heldBytes) {

    private static final long MIB = 1 << 20;

    /** An eighth of the heap, between 32 and 128 MiB, is held for peers. */
    public static PeerLimits ofThisProcess() {
        long eighth = Runtime.getRuntime().maxMemory() / 8;
        return new PeerLimits(
                Duration.ofSeconds(10),
                Duration.ofSeconds(10),
                4 * 1024,
                200,
                Math.max(32 * MIB, Math.min(128 * MIB, eighth)));
    }

    /** How long a body or an answer of this many bytes may take, in milliseconds. */
    long allowedMillis(long bytes) {
        return patience.toMillis() + bytes * 1_000 / bytesPerSecond;
    }
}
