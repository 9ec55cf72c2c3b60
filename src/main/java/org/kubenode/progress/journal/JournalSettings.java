package org.kubenode.progress.journal;

import java.time.Duration;

/**
 * Bounds of the journal, and who notifies.
 *
 * @param capacity rows in memory before batches pause
 * @param maxRows rows of one statement
 * @param maxBytes of one statement's JSON, about
 * @param turns statements that one operation's thread writes for others before it goes on
 * @param lease that each write renews
 * @param notifyInStatement whether the statement itself notifies: PostgreSQL's transport
 * @param notifyAfterCommit whether what was committed is handed on to a transport
 */
public record JournalSettings(
        int capacity,
        int maxRows,
        int maxBytes,
        int turns,
        Duration lease,
        boolean notifyInStatement,
        boolean notifyAfterCommit) {

    public JournalSettings {
        if (capacity < 1 || maxRows < 1 || maxBytes < 1 || turns < 1) {
            throw new IllegalArgumentException("capacity, rows, bytes and turns are at least 1");
        }
    }
}
