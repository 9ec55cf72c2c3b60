package org.kubenode.progress.api;

import java.util.LinkedHashMap;
import java.util.Map;
import org.kubenode.progress.config.Replica;
import org.kubenode.progress.notify.Circuit;
import org.kubenode.progress.notify.CircuitSnapshot;
import org.kubenode.progress.store.Database;
import org.kubenode.progress.wire.WireCodec;

/** What {@code GET /progress/status} shows. */
public final class Status {

    private final Circuit circuit;
    private final Database database;
    private final Replica replica;

    public Status(Circuit circuit, Database database, Replica replica) {
        this.circuit = circuit;
        this.database = database;
        this.replica = replica;
    }

    /** As of now. */
    public Map<String, Object> now() {
        CircuitSnapshot notifier = circuit.snapshot();
        Map<String, Object> status = new LinkedHashMap<>();
        status.put("type", notifier.type());
        status.put("state", notifier.state());
        status.put("since", WireCodec.timestamp(notifier.since()));
        status.put("attempts", notifier.attempts());
        status.put("probe_ms", notifier.probeMs());
        status.put("degradations", notifier.degradations());
        status.put("reason", notifier.reason());
        status.put("database", database.state());
        status.put("replica", replica.id());
        return status;
    }
}
