package org.kubenode.progress.chaos;

/** The lists and the counts of a frame agree, or it says that they were cut. */
final class ListsRule implements Rule {

    @Override
    public void check(Evidence evidence, Verdict verdict) {
        for (Event.Framed frame : evidence.all(Event.Framed.class)) {
            if (frame.lists() != null && !frame.lists().agree()) {
                verdict.violation(Violation.Kind.LISTS, "%s", frame);
            }
        }
    }
}
