package org.kubenode.progress.notify;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.notify.Publications.Publication;
import org.kubenode.progress.wire.FrameType;
import org.kubenode.progress.wire.Notification;
import org.kubenode.progress.wire.WireCodec;

class PublicationsTest {

    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final List<String> probes = new ArrayList<>();
    private final WireCodec codec = new WireCodec();
    private final Publications publications =
            new Publications(
                    "redis", codec, () -> 0, sent::addAndGet, failed::addAndGet, probes::add);

    private String reference(String taskId, long seq) {
        return codec.encode(Notification.reference(taskId, "7", 1, seq, FrameType.PROGRESS));
    }

    private void fail(String payload) {
        publications.failed(payload, new IOException("refused"));
    }

    @Test
    void countsWhatWasSent() {
        publications.sent(reference("t1", 1));
        publications.sent("{\"probe\":\"r1\",\"n\":1}");
        assertThat(sent).hasValue(1);
        assertThat(probes).containsExactly((String) null);
    }

    @Test
    void keepsTheNewestReferenceOfEachTaskThatFailed() {
        fail(reference("t1", 4));
        fail(reference("t2", 1));
        fail(reference("t1", 6));
        fail(reference("t1", 5));

        assertThat(failed).hasValue(4);
        assertThat(publications.takeAgain())
                .containsExactly(
                        new Publication("7", reference("t1", 6), 6),
                        new Publication("7", reference("t2", 1), 1));
        assertThat(publications.takeAgain()).isEmpty();
    }

    @Test
    void aFailedProbeIsNotRepeatedNorCounted() {
        fail("{\"probe\":\"r1\",\"n\":1}");
        assertThat(probes).containsExactly("refused");
        assertThat(failed).hasValue(0);
        assertThat(publications.takeAgain()).isEmpty();
    }

    @Test
    void theReasonIsTheServersNotThatTheBreakerIsOpen() {
        CircuitBreaker breaker = CircuitBreaker.ofDefaults("publish");
        breaker.transitionToOpenState();
        String probe = "{\"probe\":\"r1\",\"n\":1}";
        fail(probe);
        publications.failed(
                probe, CallNotPermittedException.createCallNotPermittedException(breaker));
        assertThat(probes).containsExactly("refused", "refused");
    }

    @Test
    void whatCannotBeReadIsNotRepeated() {
        fail("{\"test\":\"data\"}");
        assertThat(failed).hasValue(1);
        assertThat(publications.takeAgain()).isEmpty();
    }

    @Test
    void isBounded() {
        for (int i = 0; i < Publications.MOST_TASKS + 5; i++) {
            fail(reference("t" + i, 1));
        }
        assertThat(publications.takeAgain())
                .hasSize(Publications.MOST_TASKS)
                .first()
                .extracting(Publication::payload)
                .isEqualTo(reference("t5", 1));
    }
}
