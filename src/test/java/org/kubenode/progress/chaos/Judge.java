package org.kubenode.progress.chaos;

import java.nio.file.Path;

/** Judges a history that was written earlier: {@code Judge target/chaos/….jsonl}. */
final class Judge {

    private Judge() {}

    public static void main(String[] files) throws Exception {
        for (String file : files) {
            Verdict verdict = Checker.check(History.read(Path.of(file)));
            System.out.println(file);
            verdict.counts().forEach((what, n) -> System.out.println("  " + what + ": " + n));
            verdict.violations().forEach(violation -> System.out.println("  ! " + violation));
        }
    }
}
