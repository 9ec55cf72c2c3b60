package org.kubenode.progress.it;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.it.FaultRig.Limits;

/** The short form of {@link FaultMatrixIT}, for every build: the database goes and comes back. */
class FaultsIT {

    @Test
    void aBatchOutlivesItsDatabase() throws Exception {
        try (FaultRig rig = new FaultRig()) {
            rig.launch();
            rig.awaitBoth("REALTIME", Duration.ofSeconds(60));
            rig.begin(7);
            rig.fault(rig.postgres::stop);
            rig.awaitBoth("POLLING", Duration.ofSeconds(30));
            rig.curePostgres();
            rig.finish("PostgreSQL", "the short form", Limits.ofAbsentDatabase());
            rig.assertNoLeakInPostgres(true);
        }
    }
}
