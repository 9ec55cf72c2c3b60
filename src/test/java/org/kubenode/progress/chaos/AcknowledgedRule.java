package org.kubenode.progress.chaos;

import java.util.HashMap;
import java.util.Map;

/** A task whose end was acknowledged is not shown to who came later and did not ask for it. */
final class AcknowledgedRule implements Rule {

    @Override
    public void check(Evidence evidence, Verdict verdict) {
        Map<String, Event.Acknowledged> acknowledged = new HashMap<>();
        evidence.all(Event.Acknowledged.class)
                .forEach(ack -> acknowledged.putIfAbsent(ack.taskId(), ack));
        for (Evidence.Client client : evidence.clients()) {
            for (Evidence.Link link : client.connections.values()) {
                for (Event.Framed frame : link.frames) {
                    Event.Acknowledged ack = acknowledged.get(frame.taskId());
                    if (ack != null
                            && !frame.gone()
                            && Evidence.listedAfter(link, ack.at(), evidence.run())
                            && !link.opened.resumed().containsKey(frame.taskId())) {
                        verdict.violation(Violation.Kind.ACKNOWLEDGED, "%s, then %s", ack, frame);
                    }
                }
            }
        }
    }
}
