package org.kubenode.progress.batch;

import java.time.Duration;
import org.kubenode.progress.config.ProgressProperties.WithoutDatabase;

/**
 * What a replica may run.
 *
 * @param replica the id of this replica, the owner in rows
 * @param lease how long a renewal lasts
 * @param withoutDatabase what a batch does past its lease; null: pause for drain, else go on
 * @param maxRunning batches at once, at least 1
 * @param maxPending tasks that may wait for room, at least 0; about, since requests that come at
 *     once do not see each other
 * @param maxOperations node operations at once over all batches, at least 1
 */
record BatchSettings(
        String replica,
        Duration lease,
        WithoutDatabase withoutDatabase,
        int maxRunning,
        int maxPending,
        int maxOperations) {}
