package org.kubenode.progress.chaos;

/**
 * A replica does not stay in REALTIME while its notifications bring nothing: when for so long every
 * message came more than a second late, although nothing held it up, the path should have been
 * given up.
 */
final class TrustRule implements Rule {

    private static final long LATE_MS = 1_000;

    @Override
    public void check(Evidence evidence, Verdict verdict) {
        Event.Ran run = evidence.run();
        Impairments impaired = new Impairments(evidence.all(Event.Faulted.class), run.graceMs());
        for (Evidence.Client client : evidence.clients()) {
            for (Evidence.Link link : client.connections.values()) {
                check(evidence, run, impaired, link, verdict);
            }
        }
    }

    private static void check(
            Evidence evidence,
            Event.Ran run,
            Impairments impaired,
            Evidence.Link link,
            Verdict verdict) {
        String replica = link.opened.replica();
        long begun = Long.MAX_VALUE;
        long lastLate = 0;
        int late = 0;
        for (Event.Framed frame : link.frames) {
            Event.Committed row = evidence.rows(frame.taskId()).get(frame.seq());
            if (frame.gone() || frame.snapshot() || !frame.durable() || row == null) {
                continue;
            }
            boolean timely = frame.at() - Math.max(row.at(), link.opened.at()) <= LATE_MS;
            boolean excused =
                    impaired.any(
                            row.at(),
                            frame.at(),
                            "client:" + frame.client(),
                            "replica:" + replica,
                            "rows:" + replica,
                            "rows");
            // The newest of what one poll brings is timely: the path has brought something again
            // when nothing was late for as long as that poll may take.
            boolean over = timely && frame.at() - lastLate > run.realtimeMs();
            if (excused || over || !evidence.realtime(replica, row.at(), frame.at())) {
                begun = Long.MAX_VALUE;
                late = 0;
                continue;
            }
            if (timely) {
                continue;
            }
            late++;
            lastLate = frame.at();
            begun = Math.min(begun, lastLate);
            if (lastLate - begun > run.lateFindsMs()) {
                verdict.violation(
                        Violation.Kind.TRUST,
                        "replica %s stayed in REALTIME for %d ms with %d late messages, last %s",
                        replica,
                        frame.at() - begun,
                        late,
                        frame);
                return;
            }
        }
    }
}
