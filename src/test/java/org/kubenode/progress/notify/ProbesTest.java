package org.kubenode.progress.notify;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProbesTest {

    private long nanos;
    private final List<Double> returned = new ArrayList<>();
    private int own;
    private final Probes probes =
            new Probes("r1", 100, () -> nanos, returned::add, "mine"::equals, () -> own++);

    @Test
    void tellsTheRoundTripOfItsOwn() {
        String first = probes.next();
        assertThat(first).isEqualTo("{\"probe\":\"r1\",\"n\":100}");
        nanos = 1_500_000;
        assertThat(probes.received(first)).isTrue();
        assertThat(returned).containsExactly(1.5);
    }

    @Test
    void readsBytesAsWell() {
        byte[] probe = probes.next().getBytes(StandardCharsets.UTF_8);
        assertThat(probes.received(probe)).isTrue();
        assertThat(returned).hasSize(1);
    }

    @Test
    void countsEachOnce() {
        String probe = probes.next();
        probes.received(probe);
        assertThat(probes.received(probe)).isTrue();
        assertThat(returned).hasSize(1);
    }

    @Test
    void dropsThoseOfOthersAndOfAnEarlierProcessOfItsName() {
        probes.next();
        for (String foreign :
                List.of(
                        "{\"probe\":\"r2\",\"n\":100}",
                        "{\"probe\":\"r1\",\"n\":99}",
                        "{\"probe\":\"r1\",\"n\":}",
                        "{\"probe\":\"r1\",\"n\":1e2}",
                        "{\"probe\":\"r1")) {
            assertThat(probes.received(foreign)).isTrue();
            assertThat(probes.received(foreign.getBytes(StandardCharsets.UTF_8))).isTrue();
        }
        assertThat(returned).isEmpty();
    }

    @Test
    void aCallIsKnownWhoeverSentItAndIsNobodysProbe() {
        probes.next();
        for (String call : List.of(probes.call(), "{\"probe\":\"r2\",\"tasks\":\"wait\"}")) {
            assertThat(probes.isCall(call)).isTrue();
            assertThat(probes.isCall(call.getBytes(StandardCharsets.UTF_8))).isTrue();
            assertThat(probes.received(call)).isTrue();
        }
        assertThat(returned).isEmpty();
        for (Object other : List.of(probes.next(), "{\"tasks\":\"wait\"}", "", new byte[0], 7)) {
            assertThat(probes.isCall(other)).isFalse();
        }
    }

    @Test
    void leavesEverythingElseAlone() {
        for (Object other :
                new Object[] {
                    "{\"task_id\":\"t\"}", "", new byte[0], new byte[] {'{', '"'}, 17, null
                }) {
            assertThat(probes.received(other)).isFalse();
        }
    }

    @Test
    void doesNotRememberForEver() {
        String old = probes.next();
        for (int i = 0; i < 300; i++) {
            probes.next();
        }
        probes.received(old);
        assertThat(returned).isEmpty();
    }

    @Test
    void knowsNotificationsOfTasksThatItRuns() {
        assertThat(probes.received("{\"task_id\":\"foreign\",\"seq\":1}")).isFalse();
        assertThat(own).isZero();
        assertThat(probes.received("{\"task_id\":\"mine\",\"seq\":1}")).isFalse();
        assertThat(own).isEqualTo(1);
        nanos += 200_000_000;
        probes.received("{\"task_id\":\"mine\"}".getBytes(StandardCharsets.UTF_8));
        assertThat(own).isEqualTo(2);
    }

    @Test
    void looksAtAFewOfThemASecondOnly() {
        for (int i = 0; i < 1_000; i++) {
            probes.received("{\"task_id\":\"mine\",\"seq\":1}");
        }
        assertThat(own).isEqualTo(1);
    }
}
