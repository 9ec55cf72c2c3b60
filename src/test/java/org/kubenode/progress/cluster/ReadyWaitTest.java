package org.kubenode.progress.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Ready counts after the step only, by what the cluster itself says. */
class ReadyWaitTest {

    private static final String THEN = "2026-11-23T10:00:00Z";
    private static final String LATER = "2026-11-23T10:00:01Z";

    private final Cluster cluster = mock(Cluster.class);
    private final NodeTarget target = mock(NodeTarget.class);
    private long now;
    private ReadyWait wait;

    @BeforeEach
    void begin() {
        when(target.node()).thenReturn("n1");
        when(target.before("boot_id")).thenReturn("a");
        when(target.before("ready_since")).thenReturn(THEN);
        wait =
                new ReadyWait(
                        cluster,
                        target,
                        Duration.ofSeconds(10),
                        new Waiter() {
                            @Override
                            public long nanoTime() {
                                return now;
                            }

                            @Override
                            public void pause(Duration time) {
                                throw new IllegalStateException("it never waits");
                            }
                        });
    }

    private boolean readyWith(boolean ready, String bootId, String since)
            throws InterruptedException {
        when(cluster.state("n1")).thenReturn(new NodeState(true, ready, bootId, since));
        boolean said = wait.look() != null;
        assertThat(wait.isRunning()).isEqualTo(!said);
        return said;
    }

    @Test
    void aReadyFromBeforeTheStepDoesNotCount() throws Exception {
        assertThat(readyWith(true, "a", THEN)).isFalse();
        assertThat(readyWith(true, "a", "2026-11-23T09:59:59Z")).isFalse();
        assertThat(readyWith(false, "b", LATER)).as("started, not Ready yet").isFalse();
        assertThat(readyWith(true, "b", THEN)).as("its condition is late").isTrue();
    }

    @Test
    void aReadyThatCameLaterCountsWhateverTheBootId() throws Exception {
        assertThat(readyWith(true, "a", LATER)).isTrue();
    }

    @Test
    void aClusterThatCannotBeAskedIsWaitedForUntilTheTimeIsOver() throws Exception {
        when(cluster.state("n1")).thenThrow(new NodeOperationException("no answer"));
        assertThat(wait.look()).isNull();
        now = Duration.ofSeconds(9).toNanos();
        assertThat(wait.look()).isNull();
        assertThat(wait.pause()).isLessThanOrEqualTo(Duration.ofSeconds(1));
        now = Duration.ofSeconds(10).toNanos();
        assertThatThrownBy(wait::look).hasMessage("not Ready again within 10 s: no answer");
    }

    @Test
    void itLooksSoonAndThenLessOften() throws Exception {
        assertThat(wait.pause()).isEqualTo(Duration.ofMillis(100));
        for (int i = 0; i < 6; i++) {
            readyWith(false, "a", THEN);
        }
        assertThat(wait.pause()).isEqualTo(Duration.ofSeconds(2));
    }
}
