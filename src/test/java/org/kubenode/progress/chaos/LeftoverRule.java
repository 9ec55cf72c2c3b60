package org.kubenode.progress.chaos;

import java.util.HashSet;
import java.util.Set;

/** Every accepted task ended, and nothing is left behind. */
final class LeftoverRule implements Rule {

    @Override
    public void check(Evidence evidence, Verdict verdict) {
        for (Event.Task task : evidence.tasks()) {
            if (!task.ended()) {
                verdict.violation(Violation.Kind.LOST_TASK, "never ended: %s", task);
            }
        }
        Set<String> died = new HashSet<>();
        evidence.all(Event.Died.class).forEach(death -> died.add(death.replica()));
        for (Event.Accepted task : evidence.all(Event.Accepted.class)) {
            if (evidence.task(task.taskId()) != null) {
                continue;
            }
            if (!task.durable() && died.contains(task.replica())) {
                verdict.count("tasks that were not durable and died with their replica");
            } else {
                verdict.violation(Violation.Kind.LOST_TASK, "accepted and forgotten: %s", task);
            }
        }
        for (Event.Counted counted : evidence.all(Event.Counted.class)) {
            if (counted.count() > counted.allowed()) {
                verdict.violation(
                        Violation.Kind.LEAK,
                        "%s: %d, allowed %d",
                        counted.what(),
                        counted.count(),
                        counted.allowed());
            }
        }
    }
}
