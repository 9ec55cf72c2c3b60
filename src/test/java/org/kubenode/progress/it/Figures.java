package org.kubenode.progress.it;

import java.util.List;

/** Times that were measured, as one line of the output. */
final class Figures {

    private Figures() {}

    static void print(String what, List<Long> millis) {
        long[] sorted = millis.stream().mapToLong(Long::longValue).sorted().toArray();
        System.out.printf(
                "measured: %s: %d times, p50 %d ms, worst %d ms %s%n",
                what, sorted.length, sorted[sorted.length / 2], sorted[sorted.length - 1], millis);
    }
}
