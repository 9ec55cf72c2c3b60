package org.kubenode.progress.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.websocket.OutboundQueue.Offer;

class OutboundQueueTest {

    private final OutboundQueue queue = new OutboundQueue(3, 6, 1_000);

    @Test
    void everythingQueuesUnderTheSoftLimit() {
        offer(progress("a", 1), progress("a", 2), progress("a", 3));
        assertThat(drain()).containsExactly("a1", "a2", "a3");
    }

    @Test
    void atTheSoftLimitANewerMessageTakesThePlaceOfAllThatWaitOfItsKey() {
        offer(progress("a", 1), progress("b", 1), progress("a", 2));
        assertThat(queue.offer(progress("a", 3), true)).isEqualTo(Offer.CONFLATED);
        assertThat(queue.takeConflated()).isEqualTo(2);
        assertThat(queue.size()).isEqualTo(2);
        assertThat(queue.offer(progress("b", 2), true)).isEqualTo(Offer.QUEUED);
        assertThat(queue.offer(progress("a", 4), true)).isEqualTo(Offer.CONFLATED);
        assertThat(queue.offer(progress("b", 3), true)).isEqualTo(Offer.CONFLATED);
        assertThat(queue.takeConflated()).isEqualTo(3);
        assertThat(drain()).containsExactly("a4<a1", "b3<b1");
    }

    @Test
    void aMessageThatMustNotBeSkippedQueuesAndIsNotReplaced() {
        offer(progress("a", 1), progress("a", 2), progress("a", 3));
        assertThat(queue.offer(failure("a", 4), true)).isEqualTo(Offer.QUEUED);
        assertThat(queue.offer(progress("a", 5), true)).isEqualTo(Offer.QUEUED);
        assertThat(queue.offer(progress("a", 6), true)).isEqualTo(Offer.CONFLATED);
        assertThat(drain()).containsExactly("a1", "a2", "a3", "a4", "a6<a5");
    }

    @Test
    void whatHasLeftTheQueueIsNotSkipped() {
        offer(progress("a", 1), progress("a", 2), progress("a", 3));
        assertThat(queue.poll().message().text()).isEqualTo("a1");
        offer(progress("a", 4));
        assertThat(queue.offer(progress("a", 5), true)).isEqualTo(Offer.CONFLATED);
        assertThat(queue.takeConflated()).isEqualTo(3);
        assertThat(drain()).containsExactly("a5<a2");
    }

    /** A peer that reads nothing for ever holds no more than the soft limit. */
    @Test
    void aHundredThousandForOneThatReadsNothingAreOneEachTime() {
        for (int i = 1; i <= 100_000; i++) {
            queue.offer(progress("a", i), true);
            assertThat(queue.size()).isLessThanOrEqualTo(3);
        }
        assertThat(queue.takeConflated() + queue.size()).isEqualTo(100_000);
        List<String> left = drain();
        assertThat(left.get(0)).endsWith("<a1");
        assertThat(left.get(left.size() - 1)).startsWith("a100000");
    }

    @Test
    void aMessageWithoutAKeyIsNeverConflated() {
        offer(progress("a", 1), progress("a", 2), progress("a", 3));
        assertThat(queue.offer(Outbound.of("x"), true)).isEqualTo(Offer.QUEUED);
        assertThat(queue.offer(Outbound.of("y"), true)).isEqualTo(Offer.QUEUED);
        assertThat(drain()).containsExactly("a1", "a2", "a3", "x", "y");
    }

    @Test
    void aKeyThatHasLeftTheQueueStartsAnew() {
        offer(progress("a", 1), progress("b", 1), progress("b", 2));
        assertThat(queue.offer(progress("b", 3), true)).isEqualTo(Offer.CONFLATED);
        drain();
        offer(progress("c", 1), progress("c", 2), progress("c", 3));
        assertThat(queue.offer(progress("b", 4), true)).isEqualTo(Offer.QUEUED);
        assertThat(drain()).containsExactly("c1", "c2", "c3", "b4");
    }

    @Test
    void withoutConflationEverythingQueuesUpToTheHardLimit() {
        for (int i = 1; i <= 6; i++) {
            assertThat(queue.offer(progress("a", i), false)).isEqualTo(Offer.QUEUED);
        }
        assertThat(queue.offer(progress("a", 7), false)).isEqualTo(Offer.FULL);
        assertThat(drain()).containsExactly("a1", "a2", "a3", "a4", "a5", "a6");
    }

    @Test
    void bytesHaveAHardLimitTooButOneMessageMayExceedIt() {
        Outbound large = Outbound.of("x".repeat(2_000));
        assertThat(queue.offer(large, true)).isEqualTo(Offer.QUEUED);
        assertThat(queue.offer(Outbound.of("y"), true)).isEqualTo(Offer.FULL);
        queue.poll();
        assertThat(queue.bytes()).isZero();
        assertThat(queue.offer(Outbound.of("y"), true)).isEqualTo(Offer.QUEUED);
    }

    @Test
    void bytesAreThoseOfTheMessagesThatWait() {
        offer(progress("a", 1), progress("a", 2), progress("a", 3));
        queue.offer(progress("a", 1000), true);
        assertThat(queue.bytes()).isEqualTo("a1000".length());
        drain();
        assertThat(queue.bytes()).isZero();
        assertThat(queue.isEmpty()).isTrue();
    }

    private void offer(Outbound... messages) {
        for (Outbound message : messages) {
            assertThat(queue.offer(message, true)).isEqualTo(Offer.QUEUED);
        }
    }

    private List<String> drain() {
        List<String> texts = new ArrayList<>();
        for (OutboundQueue.Entry entry = queue.poll(); entry != null; entry = queue.poll()) {
            texts.add(
                    entry.firstSkipped() == null
                            ? entry.message().text()
                            : entry.message().textAfterSkipping(entry.firstSkipped()));
        }
        return texts;
    }

    private static Outbound progress(String key, int seq) {
        return new Numbered(key, seq, true);
    }

    private static Outbound failure(String key, int seq) {
        return new Numbered(key, seq, false);
    }

    /** {@code a5}, and {@code a5<a2} when a2 to a4 were skipped. */
    static final class Numbered extends EncodedOutbound {
        private final String key;
        private final int seq;
        private final boolean skippable;

        Numbered(String key, int seq, boolean skippable) {
            this.key = key;
            this.seq = seq;
            this.skippable = skippable;
        }

        @Override
        protected String encode() {
            return key + seq;
        }

        @Override
        public Object key() {
            return key;
        }

        @Override
        public boolean skippable() {
            return skippable;
        }

        @Override
        public String textAfterSkipping(Outbound firstSkipped) {
            return text() + "<" + firstSkipped.text();
        }
    }
}
