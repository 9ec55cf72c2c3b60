package org.kubenode.progress.chaos;

/** One promise, judged by the history alone. */
interface Rule {

    void check(Evidence evidence, Verdict verdict);
}
