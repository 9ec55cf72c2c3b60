package org.kubenode.progress.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ReadsTest {

    private final Reads reads = new Reads(4);

    @Test
    void usersTakeTurnsAndEachUsersOldestIsFirst() {
        for (int i = 0; i < 20_000; i++) {
            reads.add(read("many", "m" + i));
        }
        reads.add(read("few", "f0"));
        reads.add(read("few", "f1"));

        List<String> served = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            Step.Read next = reads.next();
            served.add(next.taskId());
            reads.done(next);
        }
        assertThat(served).containsExactly("m0", "f0", "m1", "f1", "m2");
        assertThat(reads.size()).isEqualTo(19_997);
    }

    @Test
    void nobodyHasAllReadersAndANewcomersReadStartsAtOnce() {
        for (int i = 0; i < 10; i++) {
            reads.add(read("many", "m" + i));
        }
        Step.Read first = reads.next();
        reads.next();
        reads.next();
        assertThat(reads.waiting()).isFalse();
        assertThat(reads.next()).isNull();
        assertThat(reads.size()).isEqualTo(7);

        reads.add(read("few", "f0"));
        assertThat(reads.waiting()).isTrue();
        assertThat(reads.next().taskId()).isEqualTo("f0");
        reads.done(first);
        assertThat(reads.next().taskId()).isEqualTo("m3");
        assertThat(reads.next()).isNull();
    }

    @Test
    void whatCouldNotBeAnsweredComesAgainWhenItIsTime() {
        reads.add(read("1", "t"));
        Step.Read first = reads.next();
        reads.later(first);
        reads.done(first);
        assertThat(reads.next()).isNull();
        assertThat(reads.waiting()).isFalse();
        assertThat(reads.size()).isEqualTo(1);

        reads.again();
        assertThat(reads.waiting()).isTrue();
        assertThat(reads.next().taskId()).isEqualTo("t");
        assertThat(reads.size()).isZero();
    }

    @Test
    void anUnknownTaskIsRememberedForAMomentAndOfManyTheLatest() {
        AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
        UnknownTasks unknown = new UnknownTasks(now::get);
        for (int i = 0; i <= UnknownTasks.MAX; i++) {
            unknown.add("t" + i);
        }
        assertThat(unknown.contains("t0")).isFalse();
        assertThat(unknown.contains("t1")).isTrue();
        now.addAndGet(UnknownTasks.MOMENT_NANOS);
        assertThat(unknown.contains("t1")).isFalse();
    }

    private static Step.Read read(String lane, String taskId) {
        return new Step.Read(taskId, lane, 0, 1, false, null);
    }
}
