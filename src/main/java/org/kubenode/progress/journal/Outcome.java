package org.kubenode.progress.journal;

import java.time.Instant;
import java.util.Map;
import org.kubenode.progress.store.Rows;

/**
 * What {@code write-progress} answers of one task.
 *
 * @param epoch that of its row; null when there is none
 * @param lastSeq that of its row
 * @param written whether this statement wrote it; an earlier try may have
 * @param cancelRequestedAt when somebody wanted it ended, or null
 */
record Outcome(Long epoch, long lastSeq, boolean written, Instant cancelRequestedAt) {

    /** It was not answered: there is no row. */
    static final Outcome NONE = new Outcome(null, 0, false, null);

    static Outcome of(Map<String, Object> row) {
        return new Outcome(
                row.get("epoch") == null ? null : Rows.number(row, "epoch"),
                Rows.number(row, "last_seq"),
                Rows.truth(row, "written"),
                Rows.instant(row, "cancel_requested_at"));
    }

    /** Why what was sent is not committed and never will be; null when it is. */
    String whyLost(Lane lane) {
        if (epoch == null) {
            return "its row is gone";
        }
        if (epoch != lane.run.epoch()) {
            return "another replica owns it, epoch " + epoch;
        }
        if (!written && lastSeq < lane.last().frame().seq()) {
            return "its rows end at seq " + lastSeq + ", before what was committed";
        }
        return null;
    }
}
